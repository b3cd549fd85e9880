#include "inputs/floats.hpp"

#include "net/design.hpp"
#include "net/gather.hpp"
#include "net/planner.hpp"

#include <algorithm>

namespace nib {

namespace {

struct FloatsOptions {
    std::int32_t width;
};

constexpr Field sizes[] = {
    number_field<&FloatsOptions::width>("width", {0, Schema::most_features}, 0, "numbers of a row; 0: the data's"),
};

LayerShape shape(const SpecOptions& options) { return {ShapeKind::flat, 1, options.as<FloatsOptions>().width}; }

std::optional<InputSpec> fitted(const InputSpec& input, const DataShape& data)
{
    const std::int32_t given = input.options.as<FloatsOptions>().width;
    if (data.is_text || (given != 0 && given != data.features)) return std::nullopt;
    InputSpec with_size = input;
    set_value(sizes[0], with_size.options, static_cast<double>(data.features));
    return with_size;
}

// Each thread gathers some of the numbers of every example.
struct FloatsStep {
    std::size_t batch;
    std::ptrdiff_t stride;
    Range own;
    StepBuffer x;
};

void gather(StepState& s, const FloatsStep& f)
{
    gather_rows(s.kernels, *s.batch.table, NIB_SPLIT_TRAIN, {s.batch.numbers, f.batch}, f.own, f.stride,
                f.x.at(s.step) + f.own.first * f.stride);
}

// By example: copies rows as they are.
void copy_rows(StepState& s, const FloatsStep& f)
{
    float* to = f.x.at(s.step);
    for (std::size_t i = 0; i < f.batch; ++i, to += f.stride)
        std::copy_n(s.batch.table->row(NIB_SPLIT_TRAIN, s.batch.numbers[i]), f.own.size(), to);
}

void plan_few(Planner& p)
{
    const std::ptrdiff_t width = p.model().network.input().rows();
    const FloatsStep f = {
        .batch = static_cast<std::size_t>(p.batch()), .stride = row_stride(width), .own = {0, width}, .x = p.value(0)};
    p.forward<copy_rows>(f, {}, {{f.x.id, Reach::own}});
}

void plan(Planner& p)
{
    const FloatsStep f = {.batch = static_cast<std::size_t>(p.batch()),
                          .stride = p.stride(),
                          .own = p.own_rows(p.model().network.input().rows()),
                          .x = p.value(0)};
    p.forward<gather>(f, {}, {{f.x.id, Reach::own}});
}

} // namespace

constinit const InputKind floats_input = {
    .word = {.name = "floats", .help = "rows of numbers", .sizes = sizes},
    .shape = shape,
    .fitted = fitted,
    .plan = plan,
    .plan_few = plan_few,
};

} // namespace nib
