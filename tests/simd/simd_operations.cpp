// Compiled once per instruction set, NIB_TEST_ISA, with its flags, as the kernels are.
#include "simd/simd_operations.hpp"

#include "kernels/transpose.hpp"
#include "simd/block.hpp"

namespace nib::test {

using namespace simd;

namespace isa {

using scalar = Scalar;
#if defined(__SSE2__)
using sse2 = Sse2;
#endif
#if defined(__AVX2__)
using avx2 = Avx2;
#endif
#if defined(__AVX512F__)
using avx512 = Avx512;
#endif
#if defined(__aarch64__)
using neon64 = Neon64;
#endif

} // namespace isa

using A = isa::NIB_TEST_ISA;

#define NIB_OPERATION(name, expression)                                                                                \
    {                                                                                                                  \
        name, [](const float* pa, const float* pb, const float* pc, float* result) {                                   \
            const FloatBlock<A> a = load<A>(pa), b = load<A>(pb), c = load<A>(pc);                                     \
            const MaskBlock<A> positive = less(zero<A>(), c);                                                          \
            static_cast<void>(a), static_cast<void>(b), static_cast<void>(c), static_cast<void>(positive);             \
            store<A>(result, expression);                                                                              \
        }                                                                                                              \
    }
#define NIB_JOIN(a, b) a##b
#define NIB_LIST(isa) NIB_JOIN(simd_, isa)

extern const SimdOperation NIB_LIST(NIB_TEST_ISA)[];
const SimdOperation NIB_LIST(NIB_TEST_ISA)[] = {
    NIB_OPERATION("load and store", a),
    NIB_OPERATION("broadcast", broadcast<A>(pa[3])),
    NIB_OPERATION("zero", zero<A>()),
    NIB_OPERATION("iota", iota<A>()),
    NIB_OPERATION("add", a + b),
    NIB_OPERATION("subtract", a - b),
    NIB_OPERATION("multiply", a* b),
    NIB_OPERATION("divide", a / b),
    NIB_OPERATION("fma", fma(a, b, c)),
    NIB_OPERATION("sqrt", sqrt(a)),
    NIB_OPERATION("min", min(a, b)),
    NIB_OPERATION("max", max(a, b)),
    NIB_OPERATION("select less", select(less(a, b), c, a)),
    NIB_OPERATION("select equal", select(equal(a, b), c, a)),
    NIB_OPERATION("select positive", select(positive, a, b)),
    NIB_OPERATION("first", select(first<A>(static_cast<int>(pc[0])), a, b)),
    NIB_OPERATION("bits", from_bits(bits(a))),
    NIB_OPERATION("to_float", to_float(bits(a))),
    NIB_OPERATION("broadcast_int", from_bits(broadcast_int<A>(-123456789))),
    NIB_OPERATION("add integers", from_bits(bits(a) + bits(b))),
    NIB_OPERATION("and", from_bits(bits(a) & bits(b))),
    NIB_OPERATION("or", from_bits(bits(a) | bits(b))),
    NIB_OPERATION("xor", from_bits(bits(a) ^ bits(b))),
    NIB_OPERATION("shift_left 1", from_bits(shift_left<1>(bits(a)))),
    NIB_OPERATION("shift_left 23", from_bits(shift_left<23>(bits(a)))),
    NIB_OPERATION("shift_right 1", from_bits(shift_right<1>(bits(a)))),
    NIB_OPERATION("shift_right 23", from_bits(shift_right<23>(bits(a)))),
    NIB_OPERATION("multiply_low", from_bits(multiply_low(bits(a), bits(b)))),
    NIB_OPERATION("multiply_high", from_bits(multiply_high(bits(a), bits(b)))),
    NIB_OPERATION("select less_unsigned", select(less_unsigned(bits(a), bits(b)), c, a)),
    NIB_OPERATION("count_from", from_bits(count_from<A>(-5))),
    {"sum", [](const float* a, const float*, const float*, float* result) { result[0] = sum(load<A>(a)); }},
    {"greatest", [](const float* a, const float*, const float*, float* result) { result[0] = greatest(load<A>(a)); }},
    {"sums of 4",
     [](const float* a, const float* b, const float* c, float* result) {
         const FloatBlock<A> blocks[4] = {load<A>(a), load<A>(b), load<A>(c), load<A>(a + 16)};
         sums(blocks, result);
     }},
    {"sums of 3",
     [](const float* a, const float* b, const float* c, float* result) {
         const FloatBlock<A> blocks[3] = {load<A>(a), load<A>(b), load<A>(c)};
         sums(blocks, result);
     }},
    {"transpose_4x4",
     [](const float* a, const float*, const float*, float* result) { kernels::transpose_4x4<A>(a, 7, result, 6); }},
    {nullptr, nullptr},
};

} // namespace nib::test
