// Moments of each example over some rows. The sums lie in memory, in the nearest cache, and four rows at a time are
// added to them. Rows are read in the order in which they lie, whatever the stride.
#pragma once

#include "kernels/batchnorm.hpp"

namespace nib::kernels {

// f(offset) for each block of columns.
template <class F>
NIB_INLINE void for_columns(std::ptrdiff_t examples, F f)
{
    for (std::ptrdiff_t i = 0; i < examples; i += 16) f(i);
}

template <class A>
NIB_INLINE void clear_columns(std::ptrdiff_t examples, float* to)
{
    for_columns(examples, [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA { store<A>(to + i, zero<A>()); });
}

// Computes total = add(offset, total, x) down the rows, starting from 0.
template <class A, class Add>
NIB_INLINE void add_down(const ColumnMoments& t, float* total, Add add)
{
    clear_columns<A>(t.examples, total);
    for_rows(t.rows, [&](std::ptrdiff_t row, auto count) NIB_INLINE_LAMBDA {
        const float* x = t.x + row * t.stride;
        for_columns(t.examples, [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA {
            FloatBlock<A> sum = load<A>(total + i);
#pragma GCC unroll 4
            for (int r = 0; r < count.value; ++r) sum = add(i, sum, load<A>(x + r * t.stride + i));
            store<A>(total + i, sum);
        });
    });
}

template <class A>
NIB_INLINE void column_spreads(const ColumnMoments& t)
{
    add_down<A>(t, t.mean, [](std::ptrdiff_t, const FloatBlock<A>& sum, const FloatBlock<A>& x) NIB_INLINE_LAMBDA {
        return sum + x;
    });
    const FloatBlock<A> rows = broadcast<A>(static_cast<float>(t.rows));
    for_columns(t.examples,
                [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA { store<A>(t.mean + i, load<A>(t.mean + i) / rows); });
    add_down<A>(t, t.scatter,
                [&](std::ptrdiff_t i, const FloatBlock<A>& sum, const FloatBlock<A>& x) NIB_INLINE_LAMBDA {
                    const FloatBlock<A> d = x - load<A>(t.mean + i);
                    return fma(d, d, sum);
                });
}

template <class A>
void column_moments(const ColumnMoments& given)
{
    const ColumnMoments t = given;
    if (t.mean) return column_spreads<A>(t);
    add_down<A>(t, t.scatter, [](std::ptrdiff_t, const FloatBlock<A>& sum, const FloatBlock<A>& x) NIB_INLINE_LAMBDA {
        return fma(x, x, sum);
    });
}

} // namespace nib::kernels
