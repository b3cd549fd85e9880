#include "net/spec.hpp"

#include "net/layer_kind.hpp"

#include <algorithm>

namespace nib {

bool same_values(const SpecWord& word, const SpecOptions& a, const SpecOptions& b)
{
    const auto same = [&](const Field& field) { return value_of(field, a) == value_of(field, b); };
    return std::all_of(word.sizes.begin(), word.sizes.end(), same) &&
           std::all_of(word.keys.begin(), word.keys.end(), same);
}

double value_of(const Field& field, const SpecOptions& options)
{
    if (field.kind == FieldKind::real) return real_of(field, options.bytes);
    return static_cast<double>(whole_of(field, options.bytes));
}

void set_value(const Field& field, SpecOptions& options, double value)
{
    if (field.kind == FieldKind::real)
        set_real(field, options.bytes, value);
    else
        set_whole(field, options.bytes, static_cast<std::int64_t>(value));
}

bool operator==(const LayerSpec& a, const LayerSpec& b)
{
    return a.kind == b.kind && same_values(a.kind->word, a.options, b.options) && a.main == b.main &&
           a.shortcut == b.shortcut;
}

std::size_t count_of(std::span<const LayerSpec> specs) noexcept
{
    std::size_t count = specs.size();
    for (const LayerSpec& each : specs) count += count_of(each.main) + count_of(each.shortcut);
    return count;
}

} // namespace nib
