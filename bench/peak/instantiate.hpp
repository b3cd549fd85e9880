// The chains for one architecture: what the files of isa/ instantiate.
#pragma once

#include "peak/chains.hpp"
#include "simd/simd.hpp"

namespace nib::bench {

using namespace simd;

template <class A>
float run_chains(std::int64_t rounds)
{
    using R = Ops<A>;
    constexpr int chains = 12;
    const auto factor = R::broadcast(0.5f), addend = R::broadcast(1.0f); // towards 2, which is no slow number
    typename Native<A>::Float x[chains];
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) x[i] = R::broadcast(static_cast<float>(i));
    for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
        for (int i = 0; i < chains; ++i) x[i] = R::fma(x[i], factor, addend);
    }
    float lanes[chains * Native<A>::lanes];
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) R::store(lanes + i * Native<A>::lanes, x[i]);
    float sum = 0;
    for (const float lane : lanes) sum += lane;
    return sum;
}

template <class A>
constexpr Chains make_chains(const char* isa)
{
    return {isa, 2.0 * 12 * Native<A>::lanes, run_chains<A>};
}

} // namespace nib::bench
