// Arrays of one number an example for the tests of kernels that go down the rows.
#pragma once

#include "kernels/rows.hpp"

namespace nib::test {

// `count` such arrays one behind the other, each in whole blocks padded with NaN, and then a gap between them.
class Columns : public Rows {
public:
    Columns(std::ptrdiff_t count, std::ptrdiff_t examples, Guard guard) : Rows(count, examples, 5, guard) {}

    float* of(std::ptrdiff_t group) noexcept { return data() + group * stride(); }
};

} // namespace nib::test
