#include "inputs/floats.hpp"

#include "base/extents.hpp"
#include "net/design.hpp"
#include "net/gather.hpp"
#include "net/planner.hpp"

#include <algorithm>

namespace nib {

namespace {

struct FloatsOptions {
    std::int64_t extents; // base/extents.hpp

    std::int64_t numbers() const noexcept
    {
        const Extents all = unpacked_extents(extents);
        std::int64_t product = 1;
        for (int i = 0; i < all.count; ++i) product *= all.n[i];
        return product;
    }
};

constexpr Field sizes[] = {
    extents_field<&FloatsOptions::extents>("width", {1, Schema::most_features}, 3, 0,
                                           "numbers of a row, or the extents of planes,\nCxL or CxHxW"),
};

LayerShape shape(const SpecOptions& options)
{
    const Extents e = unpacked_extents(options.as<FloatsOptions>().extents);
    if (e.count == 1) return flat_shape(static_cast<std::ptrdiff_t>(e.n[0]));
    const auto extent = [&](int i) { return static_cast<std::ptrdiff_t>(e.n[i]); };
    if (e.count == 2) return {ShapeKind::signal, extent(0), 1, extent(1)};
    return {ShapeKind::image, extent(0), extent(1), extent(2)};
}

InputSpec with_extents(const InputSpec& input, const Extents& extents)
{
    InputSpec with = input;
    set_value(sizes[0], with.options, static_cast<double>(packed_extents(extents)));
    return with;
}

// A row, the planes that the data's own extents make, and those with one channel.
std::vector<InputSpec> fitted(const InputSpec& input, const DataShape& data)
{
    const std::int64_t given = input.options.as<FloatsOptions>().numbers();
    if (data.is_text || (given != 0 && given != data.features)) return {};
    if (given != 0) return {input};
    std::vector<InputSpec> all = {with_extents(input, {{data.features}, 1})};
    const std::vector<std::uint64_t>& row = data.row_shape;
    if (std::any_of(row.begin(), row.end(), [](std::uint64_t n) { return n > Extents::largest; })) return all;
    const auto extent = [&](std::size_t i) { return static_cast<std::int64_t>(row[i]); };
    if (row.size() == 3) all.push_back(with_extents(input, {{extent(0), extent(1), extent(2)}, 3}));
    if (row.size() == 2) all.push_back(with_extents(input, {{extent(0), extent(1)}, 2}));
    if (row.size() == 2) all.push_back(with_extents(input, {{1, extent(0), extent(1)}, 3}));
    if (row.size() == 1) all.push_back(with_extents(input, {{1, extent(0)}, 2}));
    return all;
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
    const FloatsStep f = {
        .batch = static_cast<std::size_t>(p.batch()), .stride = p.stride(), .own = p.own_rows_of(0), .x = p.value(0)};
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
