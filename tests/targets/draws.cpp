// Prints a checksum of the draws and schedules of training: the same with every C library.
#include "base/math.hpp"
#include "optim/learning_rate.hpp"
#include "random/distributions.hpp"
#include "random/multinomial.hpp"

#include <bit>
#include <cstdio>

namespace {

std::uint64_t checksum = 14695981039346656037u; // FNV-1a

void add(double value)
{
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int shift = 0; shift < 64; shift += 8) checksum = (checksum ^ ((bits >> shift) & 0xffu)) * 1099511628211u;
}

void add_draws()
{
    nib::Generator generator(2147483647);
    float block[1600], few[7];
    for (int i = 0; i < 20; ++i) {
        nib::randn(generator, block);
        nib::randn(generator, few);
        for (const float value : block) add(static_cast<double>(value));
        for (const float value : few) add(static_cast<double>(value));
        for (float& value : few) value = value * value;
        add(static_cast<double>(nib::multinomial(generator.words, few)));
    }
}

void add_schedule()
{
    nib_train_options options{};
    options.steps = 1000;
    options.schedule = NIB_SCHEDULE_COSINE;
    options.learning_rate = 0.003;
    options.warmup_steps = 100;
    const nib::IntegerPower beta1_to(0.9), beta2_to(0.999);
    for (std::int64_t step = 0; step < options.steps; ++step) {
        add(nib::learning_rate(options, step));
        add(beta1_to(step + 1));
        add(beta2_to(step + 1));
        add(nib::natural_exp(static_cast<double>(step) * -0.03));
    }
}

} // namespace

int main()
{
    add_draws();
    add_schedule();
    char text[20];
    int size = 0;
    for (int shift = 60; shift >= 0; shift -= 4) text[size++] = "0123456789abcdef"[checksum >> shift & 15];
    for (int i = 0; i < size; ++i) std::putchar(text[i]);
    std::putchar('\n');
    return 0;
}
