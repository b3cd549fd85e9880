#include "optim/learning_rate.hpp"

#include "base/math.hpp"

#include <numbers>

namespace nib {

double learning_rate(const nib_train_options& o, std::int64_t step) noexcept
{
    if (step < o.warmup_steps)
        return o.learning_rate * static_cast<double>(step + 1) / static_cast<double>(o.warmup_steps);
    if (o.schedule == NIB_SCHEDULE_CONSTANT) return o.learning_rate;
    if (o.schedule == NIB_SCHEDULE_STEP) return step < o.decay_at ? o.learning_rate : o.learning_rate * o.decay_factor;
    const double done = static_cast<double>(step - o.warmup_steps) / static_cast<double>(o.steps - o.warmup_steps);
    const double half_wave = 0.5 * (1.0 + sine_cosine(std::numbers::pi * done).cosine);
    return o.min_learning_rate + (o.learning_rate - o.min_learning_rate) * half_wave;
}

} // namespace nib
