#include "net/step.hpp"

#include "kernels/sgemm.hpp"

#include <algorithm>

namespace nib {

void StepState::multiply(const kernels::Product& product) const { kernels::blocked_product(kernels, product, blocks); }

void StepState::update(std::ptrdiff_t offset, std::ptrdiff_t n, bool decays)
{
    if (observation != nullptr && observation->before.size() > 0)
        std::copy_n(parameter(offset), n, observation->before.data() + offset);
    optimizer.update(kernels, rates, offset, n, decays, gradients, model.parameters.data());
}

} // namespace nib
