#include "catch.hpp"
#include "guarded.hpp"
#include "kernels/table.hpp"

using namespace nib;
using namespace nib::test;

namespace {

std::size_t extent(std::ptrdiff_t rows, std::ptrdiff_t columns, std::ptrdiff_t stride)
{
    return static_cast<std::size_t>(rows == 0 || columns == 0 ? 0 : (rows - 1) * stride + columns);
}

// Whether it transposes, and neither reads nor writes anything but the elements: the gaps between rows keep their NaN.
bool transposes(std::ptrdiff_t rows, std::ptrdiff_t columns, std::ptrdiff_t gap, Guard guard)
{
    const std::ptrdiff_t from_stride = columns + gap, to_stride = rows + gap;
    Guarded<float> from(extent(rows, columns, from_stride), guard), to(extent(columns, rows, to_stride), guard);
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
        for (std::ptrdiff_t j = 0; j < columns; ++j) {
            from[static_cast<std::size_t>(i * from_stride + j)] = static_cast<float>(1000 * i + j);
        }
    }
    kernels::table()->transpose(rows, columns, from.data(), from_stride, to.data(), to_stride);
    for (std::size_t at = 0; at < to.size(); ++at) {
        const auto j = static_cast<std::ptrdiff_t>(at) / to_stride, i = static_cast<std::ptrdiff_t>(at) % to_stride;
        const bool right = i < rows ? to[at] == static_cast<float>(1000 * i + j) : std::isnan(to[at]);
        if (!right) return false;
    }
    return to.intact();
}

} // namespace

TEST_CASE("transposition of every small size")
{
    for (std::ptrdiff_t rows = 0; rows <= 35; ++rows) {
        for (std::ptrdiff_t columns = 0; columns <= 35; ++columns) {
            CAPTURE(rows, columns);
            REQUIRE(transposes(rows, columns, 0, Guard::behind));
            if ((rows + columns) % 5 == 0) REQUIRE(transposes(rows, columns, 5, Guard::before));
        }
    }
    CHECK(transposes(100, 32, 12, Guard::behind));
    CHECK(transposes(1, 1000, 0, Guard::behind));
    CHECK(transposes(1000, 1, 0, Guard::behind));
}
