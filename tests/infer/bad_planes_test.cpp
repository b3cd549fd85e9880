// Damaged files of networks with planes are refused with a status, and never read out of bounds.
#include "deploy/sections.hpp"
#include "infer/hand_made.hpp"
#include "nib/infer.h"

using namespace nib;
using infer::Axis;
using infer::OperationKind;
using test::header_of;

namespace {

Memory* const heap = std::pmr::get_default_resource();

Buffer<char> small_file(std::uint32_t bits)
{
    const Axis three{3, 1, 1, 1}, half{3, 2, 2, 1}, apart{2, 1, 1, 2};
    test::HandMade made({2, 7, 8}, bits);
    made.convolution(4, {half, three}, 2);
    made.scale_shift();
    made.depthwise({apart, half});
    made.pool(OperationKind::max_pool, {{2, 1, 1, 1}, {3, 1, 1, 1}});
    made.pool(OperationKind::average_pool, {{2, 1, 0, 1}, {2, 1, 0, 1}});
    made.flatten();
    made.dense(3);
    return made.file();
}

nib_status open(Buffer<char>& file)
{
    seal(file);
    std::size_t bytes = 0;
    if (const nib_status status = nib_infer_workspace(file.data(), file.size(), 1, &bytes); status != NIB_OK)
        return status;
    Buffer<char> workspace(bytes, heap);
    nib_infer_model model;
    return nib_infer_open(file.data(), file.size(), workspace.data(), bytes, &model);
}

} // namespace

TEST_CASE("an operation on planes that does not go with the others is refused")
{
    Buffer<char> file = small_file(GENERATE(32u, 16u, 8u));
    REQUIRE(open(file) == NIB_OK);
    const std::uint32_t values[] = {0,  1,  2,    3,       4,          5,          6,          7,         8,
                                    16, 32, 1024, 1 << 24, 0x01000001, 0x7fffffff, 0x80000000, 0xffffffff};
    for (std::uint32_t i = 0; i < header_of(file).operations; ++i) {
        infer::Operation& o = test::operation_of(file, i);
        const infer::Operation good = o;
        for (std::size_t field = 0; field < sizeof o / 4; ++field) {
            for (const std::uint32_t value : values) {
                std::uint32_t before = 0;
                std::memcpy(&before, reinterpret_cast<const char*>(&good) + 4 * field, 4);
                if (value == before) continue;
                std::memcpy(reinterpret_cast<char*>(&o) + 4 * field, &value, 4);
                INFO("operation " << i << ", word " << field << ": " << value << " in place of " << before);
                CHECK(open(file) == NIB_ERR_FORMAT);
                o = good;
            }
        }
    }
}

TEST_CASE("windows whose sizes would overflow are refused")
{
    Buffer<char> file = small_file(32);
    infer::Operation& o = test::operation_of(file, 0);
    const infer::Operation good = o;
    const std::uint32_t sizes[] = {1 << 12, 1 << 16, 1 << 20, 1 << 24, 0x7fffffff, 0x80000000, 0xffffffff};
    for (const std::uint32_t a : sizes) {
        for (const std::uint32_t b : sizes) {
            CAPTURE(a, b);
            const auto refused = [&](auto change) {
                change();
                CHECK(open(file) == NIB_ERR_FORMAT);
                o = good;
            };
            refused([&] { o.y.kernel = a, o.x.kernel = b; });
            refused([&] { o.y.padding = a, o.x.padding = b; });
            refused([&] { o.y.padding = a, o.y.kernel = b; });
            refused([&] { o.y.padding = a, o.y.kernel = b, o.out.height = 2 * a + 8 - b; });
            refused([&] { o.y.padding = a, o.x.padding = b, o.out.height = 2 * a + 8, o.out.width = 2 * b + 8; });
            refused([&] { o.y.dilation = a, o.y.padding = b; });
            refused([&] { o.out.channels = a, o.outputs = a * o.out.height * o.out.width, o.groups = b; });
        }
    }
}

TEST_CASE("a row's shape that is not the network's is refused")
{
    Buffer<char> file = small_file(32);
    const infer::Header good = header_of(file);
    const infer::Shape shapes[] = {{}, {2, 8, 7}, {112, 1, 1}, {1, 14, 8}, {2, 7, 0}, {0x80000000, 0x80000000, 0x1c0}};
    for (const infer::Shape& each : shapes) {
        header_of(file).shape = each;
        CHECK(open(file) == NIB_ERR_FORMAT);
    }
    header_of(file) = good;
    CHECK(open(file) == NIB_OK);
}

TEST_CASE("a number of a convolution that no fold writes is refused in any place")
{
    const std::uint32_t bits = GENERATE(32u, 16u, 8u);
    Buffer<char> file = small_file(bits);
    for (const std::uint32_t i : {0u, 2u}) { // the convolution, the depthwise one
        const test::Section section = test::sections_of(file)[i];
        const std::uint64_t row = 4 * infer::section_row(section.operation), end = section.at + section.bytes;
        const auto refused = [&](std::uint64_t offset, auto bad) {
            auto before = bad;
            std::memcpy(&before, file.data() + offset, sizeof bad);
            std::memcpy(file.data() + offset, &bad, sizeof bad);
            INFO("operation " << i << ", byte " << offset);
            CHECK(open(file) == NIB_ERR_FORMAT);
            std::memcpy(file.data() + offset, &before, sizeof bad);
        };
        for (const float bad : {__builtin_nanf(""), __builtin_inff()}) {
            refused(section.at, bad);
            refused(section.at + row - 4, bad);
            if (bits != 8) refused(end - 64, bad);
            if (bits != 8) refused(end - 4, bad);
        }
        if (bits == 8) refused(section.at + row + 4, -1.0f); // a scale
        if (bits == 8 && i == 0) refused(section.at + 2 * row, std::int32_t{12345});
        if (bits == 16) refused(end - 2, std::uint16_t{0x7f80});
    }
    CHECK(open(file) == NIB_OK);
}

TEST_CASE("every truncation of a file with planes is refused")
{
    const Buffer<char> file = small_file(8);
    for (std::size_t size = 0; size < file.size(); ++size) {
        Buffer<char> cut(std::max<std::size_t>(size, 1), heap);
        std::memcpy(cut.data(), file.data(), size);
        std::size_t bytes = 0;
        REQUIRE(nib_infer_workspace(cut.data(), size, 1, &bytes) == NIB_ERR_FORMAT);
    }
}
