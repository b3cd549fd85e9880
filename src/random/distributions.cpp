#include "random/distributions.hpp"

#include "base/math.hpp"
#include "random/uniform.hpp"

#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace nib {

namespace {

// torch.randn's block: 8 radii and angles, cosines before sines.
constexpr std::size_t block = 16;

float uniform_float(Mt19937& words) noexcept { return static_cast<float>(words() & 0xffffffu) * 0x1p-24f; }

// Box-Muller in place. Values are rounded to float where PyTorch's AVX2 code holds a float, which comes nearest to that
// code; the angle, too, is 2 pi rounded to float, times u.
void normal_block(float* values) noexcept
{
    constexpr std::size_t half = block / 2;
    for (std::size_t j = 0; j < half; ++j) {
        const float u = 1.0f - values[j];
        const float radius = std::sqrt(-2.0f * static_cast<float>(natural_log(u)));
        const float angle = 2.0f * std::numbers::pi_v<float> * values[j + half];
        const auto [sine, cosine] = sine_cosine(angle);
        values[j] = radius * static_cast<float>(cosine);
        values[j + half] = radius * static_cast<float>(sine);
    }
}

float next_normal(Generator& generator) noexcept
{
    if (generator.has_kept_normal) {
        generator.has_kept_normal = false;
        return generator.kept_normal;
    }
    const double angle = 2.0 * std::numbers::pi * uniform_double(generator.words);
    // PyTorch computes log1p(-u). 1 - u is exact, as u is a multiple of 2^-53.
    const double radius = std::sqrt(-2.0 * natural_log(1.0 - uniform_double(generator.words)));
    const auto [sine, cosine] = sine_cosine(angle);
    generator.kept_normal = static_cast<float>(radius * sine);
    generator.has_kept_normal = true;
    return static_cast<float>(radius * cosine);
}

} // namespace

void uniform(Generator& generator, std::span<float> out) noexcept
{
    for (float& value : out) value = uniform_float(generator.words);
}

void randn(Generator& generator, std::span<float> out) noexcept
{
    if (out.size() < block) {
        for (float& value : out) value = next_normal(generator);
        return;
    }
    uniform(generator, out);
    for (std::size_t i = 0; i + block <= out.size(); i += block) normal_block(&out[i]);
    if (out.size() % block == 0) return;
    // The rest is shorter than a block: like PyTorch, draw the last 16 anew, over part of the block before.
    const auto last = out.last(block);
    uniform(generator, last);
    normal_block(last.data());
}

void randint(Generator& generator, std::uint32_t high, std::span<std::uint32_t> out) noexcept
{
    for (std::uint32_t& value : out) value = generator.words() % high;
}

void shuffle(std::uint32_t seed, std::span<std::uint32_t> values) noexcept
{
    Mt19937 words = Mt19937::from_key({&seed, 1});
    for (std::size_t count = values.size(); count > 1; --count) {
        const int unused = std::countl_zero(static_cast<std::uint32_t>(count));
        std::uint32_t pick = words() >> unused;
        while (pick >= count) pick = words() >> unused;
        std::swap(values[count - 1], values[pick]);
    }
}

} // namespace nib
