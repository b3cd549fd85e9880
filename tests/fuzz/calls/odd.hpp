// Numbers at and beyond the ends of their ranges.
#pragma once

#include "api/plain.hpp"
#include "base/field.hpp"
#include "fuzz/networks.hpp"
#include "fuzz/random.hpp"

#include <climits>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>

namespace nib::fuzz {

template <class Number>
void make_odd(Random& random, Number& number)
{
    if constexpr (std::is_enum_v<Number>) {
        number = test::unknown<Number>(random.of({-1, 0, 1, 2, 3, 77, INT_MAX, INT_MIN}));
    } else if constexpr (std::is_floating_point_v<Number>) {
        constexpr Number infinity = std::numeric_limits<Number>::infinity();
        constexpr Number smallest = std::numeric_limits<Number>::denorm_min();
        number = random.of<Number>({0, -Number{0}, -1, 1, 2, smallest, std::numeric_limits<Number>::max(),
                                    static_cast<Number>(1e-30), static_cast<Number>(1e30), infinity, -infinity,
                                    std::numeric_limits<Number>::quiet_NaN()});
    } else if constexpr (std::is_unsigned_v<Number>) {
        number = random.of<Number>({0, 1, static_cast<Number>(random.next()), std::numeric_limits<Number>::max()});
    } else {
        constexpr std::int64_t large = std::int64_t{1} << 40;
        const auto some = random.of<std::int64_t>({-1,      0,       1,     2,         64,        65,       256,
                                                   257,     4096,    4097,  65536,     65537,     1048576,  1048577,
                                                   INT_MAX, INT_MIN, large, large + 1, INT64_MAX, INT64_MIN});
        number = static_cast<Number>(some);
    }
}

// Makes one of the fields odd.
template <class... Fields>
void make_one_odd(Random& random, Fields&... fields)
{
    std::size_t left = random.below(sizeof...(fields));
    const auto visit = [&](auto& field) {
        if (left-- == 0) make_odd(random, field);
    };
    (visit(fields), ...);
}

template <class Number>
void make_member_odd(Random& random, void* place)
{
    Number number{};
    make_odd(random, number);
    std::memcpy(place, &number, sizeof number);
}

// Makes one member of the struct that the fields describe odd.
inline void make_option_odd(Random& random, std::span<const Field> fields, void* options)
{
    const Field& field = fields[random.below(fields.size())];
    void* const place = field.place(options);
    switch (field.kind) {
    case FieldKind::uint32:
        return make_member_odd<std::uint32_t>(random, place);
    case FieldKind::int64:
        return make_member_odd<std::int64_t>(random, place);
    case FieldKind::real:
        return make_member_odd<double>(random, place);
    case FieldKind::word:
        return make_member_odd<nib_activation>(random, place); // any enumeration: a value that it may lack
    case FieldKind::text:
        return set_text(field, options, random.one_in(4) ? random.any(odd_inputs) : random.any(odd_networks));
    default:
        return make_member_odd<std::int32_t>(random, place);
    }
}

} // namespace nib::fuzz
