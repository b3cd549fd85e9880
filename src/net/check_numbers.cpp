#include "net/check_numbers.hpp"

#include "base/error.hpp"
#include "base/finite.hpp"
#include "io/safetensors.hpp"

#include <cmath>
#include <cstddef>

namespace nib {

namespace {

bool is_good(float value, NumberRange range)
{
    const bool in_range = range == NumberRange::any || (range == NumberRange::not_negative ? value >= 0 : value > 0);
    return in_range && std::isfinite(value);
}

constexpr const char* expectations[] = {"a finite number", "0 or a number above",
                                        "a number above 0, as nothing is added before a neuron is divided by it"};

// columns: 0 for a vector.
void check(nib_status status, const std::string& where, const std::string& name, std::size_t columns,
           std::span<const float> values, NumberRange range)
{
    if (range == NumberRange::any && all_finite(values)) return;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float value = values[i];
        if (is_good(value, range)) continue;
        const Shape shape = columns == 0 ? Shape{values.size()} : Shape{values.size() / columns, columns};
        const char* expected = std::isfinite(value) ? expectations[static_cast<int>(range)] : expectations[0];
        throw Error(status, "%s%s[%s] is %g: expected %s", where.c_str(), name.c_str(), place_of(i, shape).c_str(),
                    std::isnan(value) ? std::fabs(static_cast<double>(value)) : static_cast<double>(value), expected);
    }
}

} // namespace

void check_numbers(nib_status status, const std::string& where, const std::string& name, std::span<const float> values,
                   NumberRange range)
{
    check(status, where, name, 0, values, range);
}

void check_numbers(nib_status status, const std::string& where, const std::string& name, const Tensor& tensor,
                   std::span<const float> values, NumberRange range)
{
    check(status, where, name, tensor.is_vector() ? 0 : static_cast<std::size_t>(tensor.columns), values, range);
}

} // namespace nib
