#include "peers.hpp"

#include <Eigen/Core>

namespace nib::bench {

Multiply eigen(const Shape& s, int threads, const float* a, const float* b, float* c)
{
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::setNbThreads(threads);
    return [=] {
        const Eigen::Map<const Matrix> right(b, s.k, s.n);
        Eigen::Map<Matrix> product(c, s.m, s.n);
        if (s.update) {
            product.noalias() += Eigen::Map<const Matrix>(a, s.k, s.m).transpose() * right;
        } else {
            product.noalias() = Eigen::Map<const Matrix>(a, s.m, s.k) * right;
        }
    };
}

} // namespace nib::bench
