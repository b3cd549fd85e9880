#include "net/step.hpp"

#include "kernels/sgemm.hpp"

#include <algorithm>

namespace nib {

void StepState::multiply(const kernels::Product& product) const { kernels::blocked_product(kernels, product, blocks); }

void StepState::update(const Tensor& tensor, Range own)
{
    if (left.empty()) return update_now(tensor, own);
    left[static_cast<std::size_t>(&tensor - model.layout.tensors.data())] = own;
}

void StepState::update_now(const Tensor& tensor, Range own)
{
    if (is_lost) return;
    const std::ptrdiff_t stride = tensor.line_stride(); // from one number of a vector to the next
    const std::ptrdiff_t offset = tensor.offset + own.first * stride, n = own.size() * stride;
    if (observation != nullptr && observation->before.size() > 0)
        std::copy_n(parameter(offset), n, observation->before.data() + offset);
    optimizer.update(kernels, rates, offset, n, tensor.decays, gradients, model.parameters.data());
}

void StepState::update_left(float factor)
{
    for (std::size_t i = 0; i < left.size(); ++i) {
        const Range own = left[i];
        if (own.size() == 0) continue;
        const Tensor& tensor = model.layout.tensors[i];
        const std::ptrdiff_t stride = tensor.line_stride();
        if (factor < 1) kernels.scale(own.size() * stride, factor, gradients + tensor.offset + own.first * stride);
        update_now(tensor, own);
    }
}

} // namespace nib
