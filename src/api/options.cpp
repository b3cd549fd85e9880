#include "api/guard.hpp"
#include "net/model_options.hpp"
#include "train/train_options.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

using namespace nib;

namespace {

nib_option_kind kind_of(FieldKind kind)
{
    switch (kind) {
    case FieldKind::int32:
        return NIB_OPTION_INT32;
    case FieldKind::uint32:
        return NIB_OPTION_UINT32;
    case FieldKind::int64:
        return NIB_OPTION_INT64;
    case FieldKind::real:
        return NIB_OPTION_DOUBLE;
    case FieldKind::flag:
        return NIB_OPTION_FLAG;
    case FieldKind::text:
        return NIB_OPTION_TEXT;
    default:
        return NIB_OPTION_WORD;
    }
}

// The ends of an int64_t are not exact doubles, so an int64_t has no limit there.
FieldRange range_of(const Field& field)
{
    if (field.kind == FieldKind::real || field.kind == FieldKind::text) return field.range;
    const auto [low, high] = whole_range(field);
    return {low == INT64_MIN ? any_number.low : static_cast<double>(low),
            high == INT64_MAX ? any_number.high : static_cast<double>(high)};
}

template <class Options>
nib_option_info info_of(const Field& field)
{
    Options options;
    const FieldRange range = range_of(field);
    char* const start = reinterpret_cast<char*>(&options);
    return {
        .struct_size = sizeof(nib_option_info),
        .name = field.name,
        .help = field.help,
        .flag = field.shown.flag,
        .group = field.shown.group,
        .label = field.shown.label,
        .words = field.words.data(),
        .word_count = field.words.size(),
        .offset = static_cast<std::size_t>(static_cast<char*>(field.place(&options)) - start),
        .kind = kind_of(field.kind),
        .low_excluded = range.above_low ? 1 : 0,
        .high_excluded = range.below_high ? 1 : 0,
        .needed_value = field.need.value,
        .needs = {field.need.fields[0], field.need.fields[1]},
        .low = range.low,
        .high = range.high,
        .initial = field.initial,
        .initial_text = field.initial_text,
    };
}

template <class Options>
nib_status describe(std::span<const Field> fields, std::size_t index, nib_option_info* info)
{
    return api::guard(nullptr, [&] {
        api::check_struct("info", info);
        if (index >= fields.size())
            throw Error(NIB_ERR_INVALID_ARGUMENT, "index is %zu: expected 0 to %zu", index, fields.size() - 1);
        api::write_struct("info", info, info_of<Options>(fields[index]));
    });
}

} // namespace

nib_status nib_model_option(size_t index, nib_option_info* info)
{
    return describe<nib_model_options>(model_fields(), index, info);
}

nib_status nib_train_option(size_t index, nib_option_info* info)
{
    return describe<nib_train_options>(train_fields(), index, info);
}
