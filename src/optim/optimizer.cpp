#include "optim/optimizer.hpp"

#include "optim/learning_rate.hpp"

#include <cmath>

namespace nib {

Optimizer::Optimizer(const nib_train_options& options, std::size_t size, Memory* memory)
    : options_(options),
      beta1_to_(options.adam_beta1),
      beta2_to_(options.adam_beta2),
      m_(options.optimizer == NIB_ADAMW ? size : 0, memory),
      v_(options.optimizer == NIB_ADAMW ? size : 0, memory),
      velocity_(options.optimizer == NIB_SGD && options.momentum > 0 ? size : 0, memory)
{
}

Optimizer::Rates Optimizer::rates(std::int64_t step) const noexcept
{
    const double lr = learning_rate(options_, step);
    Rates rates{static_cast<float>(lr), {}};
    if (options_.optimizer != NIB_ADAMW) return rates;
    kernels::AdamW& adamw = rates.adamw;
    adamw.fresh1 = static_cast<float>(1.0 - options_.adam_beta1);
    adamw.fresh2 = static_cast<float>(1.0 - options_.adam_beta2);
    adamw.eps = static_cast<float>(options_.adam_eps);
    adamw.step_size = static_cast<float>(lr / (1.0 - beta1_to_(step + 1)));
    adamw.inverse_sqrt_correction = static_cast<float>(1.0 / std::sqrt(1.0 - beta2_to_(step + 1)));
    adamw.decay = static_cast<float>(1.0 - lr * options_.weight_decay);
    return rates;
}

std::vector<OptimizerArena> Optimizer::arenas()
{
    constexpr const char* moment = "a moment of AdamW";
    if (m_.size() > 0) return {{"adamw.m", moment, false, &m_}, {"adamw.v", moment, true, &v_}};
    if (velocity_.size() > 0) return {{"sgd.momentum", "the momentum of SGD", false, &velocity_}};
    return {};
}

void Optimizer::update(const kernels::Table& kernels, const Rates& rates, std::ptrdiff_t offset, std::ptrdiff_t n,
                       bool decays, const float* g, float* w) noexcept
{
    if (is_linear()) return kernels.sgd(n, rates.learning_rate, g + offset, w + offset);
    if (options_.optimizer == NIB_SGD)
        return kernels.momentum({.n = n,
                                 .w = w + offset,
                                 .g = g + offset,
                                 .velocity = velocity_.data() + offset,
                                 .momentum = static_cast<float>(options_.momentum),
                                 .learning_rate = rates.learning_rate});
    kernels::AdamW adamw = rates.adamw;
    adamw.n = n;
    adamw.w = w + offset;
    adamw.g = g + offset;
    adamw.m = m_.data() + offset;
    adamw.v = v_.data() + offset;
    if (!decays) adamw.decay = 1.0f;
    kernels.adamw(adamw);
}

} // namespace nib
