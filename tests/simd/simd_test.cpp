#include "catch.hpp"
#include "kernels/table.hpp"
#include "simd/simd_operations.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace nib::test {

extern const SimdOperation simd_scalar[], simd_sse2[], simd_avx2[], simd_avx512[], simd_neon64[];

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float quiet_nan = std::numeric_limits<float>::quiet_NaN();

const SimdOperation* operations_of(const std::string& isa)
{
#if defined(NIB_HAVE_SSE2)
    if (isa == "sse2") return simd_sse2;
#endif
#if defined(NIB_HAVE_AVX2)
    if (isa == "avx2") return simd_avx2;
#endif
#if defined(NIB_HAVE_AVX512)
    if (isa == "avx512") return simd_avx512;
#endif
#if defined(NIB_HAVE_NEON64)
    if (isa == "neon64") return simd_neon64;
#endif
    return isa == "scalar" ? simd_scalar : nullptr;
}

const SimdOperation& find(const SimdOperation* operation, const std::string& name)
{
    while (operation->name != nullptr && operation->name != name) ++operation;
    INFO("operation " << name);
    REQUIRE(operation->name != nullptr);
    return *operation;
}

// The result of one lane. i: the lane; pa and pc: the whole arrays, for operations that read other lanes.
using Lane = float (*)(float a, float b, float c, int i, const float* pa, const float* pc);

struct Reference {
    const char* name;
    bool exact; // compare the bits of NaN as well
    Lane lane;
};

std::int32_t bits(float x) { return std::bit_cast<std::int32_t>(x); }
float from_bits(std::int32_t x) { return std::bit_cast<float>(x); }
float from_bits(std::uint32_t x) { return std::bit_cast<float>(x); }

std::uint64_t product(float a, float b)
{
    return std::uint64_t{std::bit_cast<std::uint32_t>(a)} * std::bit_cast<std::uint32_t>(b);
}

#define NIB_LANE                                                                                                       \
    [[maybe_unused]] float a, [[maybe_unused]] float b, [[maybe_unused]] float c, [[maybe_unused]] int i,              \
        [[maybe_unused]] const float *pa, [[maybe_unused]] const float *pc

constexpr Reference references[] = {
    {"load and store", true, [](NIB_LANE) { return a; }},
    {"broadcast", true, [](NIB_LANE) { return pa[3]; }},
    {"zero", true, [](NIB_LANE) { return 0.0f; }},
    {"iota", true, [](NIB_LANE) { return static_cast<float>(i); }},
    {"add", false, [](NIB_LANE) { return a + b; }},
    {"subtract", false, [](NIB_LANE) { return a - b; }},
    {"multiply", false, [](NIB_LANE) { return a * b; }},
    {"divide", false, [](NIB_LANE) { return a / b; }},
    {"sqrt", false, [](NIB_LANE) { return std::sqrt(a); }},
    {"min", true, [](NIB_LANE) { return a < b ? a : b; }},
    {"max", true, [](NIB_LANE) { return a > b ? a : b; }},
    {"select less", true, [](NIB_LANE) { return a < b ? c : a; }},
    {"select equal", true, [](NIB_LANE) { return a == b ? c : a; }},
    {"select positive", true, [](NIB_LANE) { return c > 0.0f ? a : b; }},
    {"bits", true, [](NIB_LANE) { return a; }},
    {"to_float", true, [](NIB_LANE) { return static_cast<float>(bits(a)); }},
    {"broadcast_int", true, [](NIB_LANE) { return from_bits(-123456789); }},
    {"add integers", true,
     [](NIB_LANE) { return from_bits(std::bit_cast<std::uint32_t>(a) + std::bit_cast<std::uint32_t>(b)); }},
    {"and", true, [](NIB_LANE) { return from_bits(bits(a) & bits(b)); }},
    {"or", true, [](NIB_LANE) { return from_bits(bits(a) | bits(b)); }},
    {"xor", true, [](NIB_LANE) { return from_bits(bits(a) ^ bits(b)); }},
    {"shift_left 1", true, [](NIB_LANE) { return from_bits(std::bit_cast<std::uint32_t>(a) << 1); }},
    {"shift_left 23", true, [](NIB_LANE) { return from_bits(std::bit_cast<std::uint32_t>(a) << 23); }},
    {"shift_right 1", true, [](NIB_LANE) { return from_bits(bits(a) >> 1); }},
    {"shift_right 23", true, [](NIB_LANE) { return from_bits(bits(a) >> 23); }},
    {"multiply_low", true, [](NIB_LANE) { return from_bits(static_cast<std::uint32_t>(product(a, b))); }},
    {"multiply_high", true, [](NIB_LANE) { return from_bits(static_cast<std::uint32_t>(product(a, b) >> 32)); }},
    {"select less_unsigned", true,
     [](NIB_LANE) { return std::bit_cast<std::uint32_t>(a) < std::bit_cast<std::uint32_t>(b) ? c : a; }},
    {"count_from", true, [](NIB_LANE) { return from_bits(i - 5); }},
};

bool same(float x, float y, bool exact) { return bits(x) == bits(y) || (!exact && std::isnan(x) && std::isnan(y)); }

// Arrays that are misaligned by one float.
struct Arrays {
    alignas(64) float storage[4][array_size + 1] = {};
    float* a = storage[0] + 1;
    float* b = storage[1] + 1;
    float* c = storage[2] + 1;
    float* result = storage[3] + 1;
};

constexpr float specials[] = {0.0f,       -0.0f,     1.0f,        -1.0f,          1.5f,     0x1p-149f,
                              -0x1p-149f, 0x1p-126f, -0x1p-126f,  0x1.8p-127f,    0x1p127f, -0x1p127f,
                              infinity,   -infinity, quiet_nan,   3.0f,           0x1p24f,  -0.1f,
                              0x1p-75f,   0x1p75f,   16777217.0f, 0x1.fffffep127f};

// Rounds take special values, any bits at all, and moderate numbers in turn.
void fill(Arrays& arrays, std::mt19937& random, int round)
{
    for (float* array : {arrays.a, arrays.b, arrays.c}) {
        for (int i = 0; i < array_size; ++i) {
            const auto r = static_cast<std::uint32_t>(random());
            switch (round % 3) {
            case 0:
                array[i] = specials[r % std::size(specials)];
                break;
            case 1:
                array[i] = from_bits(r);
                break;
            default:
                array[i] = (static_cast<float>(r >> 8) - 0x1p23f) * 0x1p-20f;
            }
        }
    }
}

struct Fixture {
    const kernels::Table* table = kernels::table();
    const SimdOperation* operations = nullptr;
    std::mt19937 random{20240601};
    Arrays arrays;

    Fixture()
    {
        REQUIRE(table != nullptr);
        operations = operations_of(table->isa);
        INFO("instruction set " << table->isa);
        REQUIRE(operations != nullptr);
    }
    const SimdOperation& operation(const char* name) const { return find(operations, name); }
    void run(const SimdOperation& operation) { operation.run(arrays.a, arrays.b, arrays.c, arrays.result); }
};

float tree(const float* lanes)
{
    float copy[16];
    std::memcpy(copy, lanes, sizeof copy);
    for (int width = 8; width > 0; width /= 2) {
        for (int i = 0; i < width; ++i) copy[i] = copy[i] + copy[i + width];
    }
    return copy[0];
}

void check_lanes(Fixture& f, const Reference& reference)
{
    const SimdOperation& operation = f.operation(reference.name);
    for (int round = 0; round < 3000; ++round) {
        fill(f.arrays, f.random, round);
        f.run(operation);
        for (int i = 0; i < 16; ++i) {
            const float a = f.arrays.a[i], b = f.arrays.b[i], c = f.arrays.c[i];
            const float expected = reference.lane(a, b, c, i, f.arrays.a, f.arrays.c);
            if (same(f.arrays.result[i], expected, reference.exact)) continue;
            INFO(reference.name << " of " << a << ", " << b << ", " << c << " in lane " << i);
            CHECK(f.arrays.result[i] == expected);
            FAIL("bits differ: " << bits(f.arrays.result[i]) << " instead of " << bits(expected));
        }
    }
}

} // namespace

TEST_CASE_METHOD(Fixture, "each operation gives what a scalar one gives, to the bit")
{
    for (const Reference& reference : references) check_lanes(*this, reference);
}

TEST_CASE_METHOD(Fixture, "fma rounds once, but for SSE2's, which rounds twice")
{
    const bool twice = std::string(table->isa) == "sse2";
    check_lanes(*this, {"fma", false, twice ? Lane([](NIB_LANE) { return a * b + c; }) : Lane([](NIB_LANE) {
                            return std::fma(a, b, c);
                        })});
    // (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24; the rounded product loses it.
    std::fill_n(arrays.a, 16, 1.0f + 0x1p-12f);
    std::fill_n(arrays.b, 16, 1.0f + 0x1p-12f);
    std::fill_n(arrays.c, 16, -(1.0f + 0x1p-11f));
    run(operation("fma"));
    for (int i = 0; i < 16; ++i) CHECK(arrays.result[i] == (twice ? 0.0f : 0x1p-24f));
}

TEST_CASE_METHOD(Fixture, "the second argument of min and max comes out when either is NaN")
{
    for (const char* name : {"min", "max"}) {
        std::fill_n(arrays.a, 16, quiet_nan);
        std::fill_n(arrays.b, 16, 2.0f);
        run(operation(name));
        for (int i = 0; i < 16; ++i) CHECK(arrays.result[i] == 2.0f);
        std::swap(arrays.a, arrays.b);
        run(operation(name));
        for (int i = 0; i < 16; ++i) CHECK(std::isnan(arrays.result[i]));
    }
}

TEST_CASE_METHOD(Fixture, "first(n) is the first n lanes, none to all")
{
    fill(arrays, random, 2);
    for (int n = 0; n <= 16; ++n) {
        arrays.c[0] = static_cast<float>(n);
        run(operation("first"));
        for (int i = 0; i < 16; ++i) CHECK(arrays.result[i] == (i < n ? arrays.a : arrays.b)[i]);
    }
}

TEST_CASE_METHOD(Fixture, "sums go along one tree")
{
    for (int round = 0; round < 3000; ++round) {
        fill(arrays, random, round);
        const float expected[4] = {tree(arrays.a), tree(arrays.b), tree(arrays.c), tree(arrays.a + 16)};
        run(operation("sum"));
        REQUIRE(same(arrays.result[0], expected[0], false));
        for (const int count : {3, 4}) {
            run(operation(count == 3 ? "sums of 3" : "sums of 4"));
            for (int i = 0; i < count; ++i) REQUIRE(same(arrays.result[i], expected[i], false));
        }
    }
}

TEST_CASE_METHOD(Fixture, "the greatest lane is found wherever it is")
{
    for (int lane = 0; lane < 16; ++lane) {
        for (int i = 0; i < 16; ++i) arrays.a[i] = -2.0f - static_cast<float>((5 * i + lane) % 16);
        arrays.a[lane] = -1.5f;
        run(operation("greatest"));
        CHECK(arrays.result[0] == -1.5f);
    }
    std::fill_n(arrays.a, 16, -infinity);
    run(operation("greatest"));
    CHECK(arrays.result[0] == -infinity);
}

TEST_CASE_METHOD(Fixture, "a transposition writes its tile and nothing else")
{
    fill(arrays, random, 2);
    float expected[array_size];
    for (int i = 0; i < array_size; ++i) expected[i] = arrays.result[i] = static_cast<float>(i);
    for (int row = 0; row < 4; ++row) {
        for (int column = 0; column < 4; ++column) expected[column * 6 + row] = arrays.a[row * 7 + column];
    }
    run(operation("transpose_4x4"));
    for (int i = 0; i < array_size; ++i) CHECK(arrays.result[i] == expected[i]);
}

} // namespace nib::test
