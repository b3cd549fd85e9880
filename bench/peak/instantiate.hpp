// The probes for one architecture. The files of isa/ instantiate them.
#pragma once

#include "kernels/stream.hpp"
#include "peak/probes.hpp"
#include "simd/simd.hpp"

namespace nib::bench {

using namespace simd;

constexpr int chain_count = 12;

template <class A>
float sum_of(const typename Native<A>::Float (&x)[chain_count])
{
    float lanes[chain_count * Native<A>::lanes];
#pragma GCC unroll 12
    for (int i = 0; i < chain_count; ++i) Ops<A>::store(lanes + i * Native<A>::lanes, x[i]);
    float sum = 0;
    for (const float lane : lanes) sum += lane;
    return sum;
}

template <class A>
float run_chains(std::int64_t rounds)
{
    using R = Ops<A>;
    const auto factor = R::broadcast(0.5f), addend = R::broadcast(1.0f); // towards 2, which is not a slow number
    typename Native<A>::Float x[chain_count];
#pragma GCC unroll 12
    for (int i = 0; i < chain_count; ++i) x[i] = R::broadcast(static_cast<float>(i));
    for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
        for (int i = 0; i < chain_count; ++i) x[i] = R::fma(x[i], factor, addend);
    }
    return sum_of<A>(x);
}

// Numbers after the last whole round are not read.
template <class A>
float read(std::ptrdiff_t floats, const float* x)
{
    constexpr std::ptrdiff_t lanes = Native<A>::lanes;
    typename Native<A>::Float sums[chain_count];
#pragma GCC unroll 12
    for (int i = 0; i < chain_count; ++i) sums[i] = Ops<A>::broadcast(0);
    for (std::ptrdiff_t at = 0; at + chain_count * lanes <= floats; at += chain_count * lanes) {
#pragma GCC unroll 12
        for (int i = 0; i < chain_count; ++i) sums[i] = sums[i] + Ops<A>::load(x + at + i * lanes);
    }
    return sum_of<A>(sums);
}

template <class A>
void copy(std::ptrdiff_t floats, const float* x, float* y)
{
    for (std::ptrdiff_t at = 0; at < floats; at += 16) kernels::stream<A>(y + at, load<A>(x + at));
    kernels::stream_end();
}

template <class A>
constexpr Probes make_probes(const char* isa)
{
    return {isa, 2.0 * chain_count * Native<A>::lanes, run_chains<A>, read<A>, copy<A>};
}

} // namespace nib::bench
