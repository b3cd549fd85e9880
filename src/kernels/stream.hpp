// Stores past the caches, for arrays that are larger than the caches. An ordinary store first reads the line that it is
// to overwrite, a third of the traffic of a copy: with AVX-512 on a Xeon, tanh of 64 MiB took 1.6 times as long with
// ordinary stores, and batch normalisation of as much with tanh 1.7 times. Smaller arrays stay in the caches for the
// next reader.
#pragma once

#include "kernels/table.hpp"
#include "simd/block.hpp"

namespace nib::kernels {

using namespace simd;

#if defined(__SSE2__)
NIB_INLINE void native_stream(float* p, __m128 a) { _mm_stream_ps(p, a); }
#endif
#if defined(__AVX__)
NIB_INLINE void native_stream(float* p, __m256 a) { _mm256_stream_ps(p, a); }
#endif
#if defined(__AVX512F__)
NIB_INLINE void native_stream(float* p, __m512 a) { _mm512_stream_ps(p, a); }
#endif

// p: at a multiple of 64 bytes. NEON has no such instruction that GCC knows, and scalar code has none either.
template <class A>
NIB_INLINE void stream(float* p, const FloatBlock<A>& a)
{
#if defined(__SSE2__)
    if constexpr (!std::is_same_v<A, Scalar>) {
#pragma GCC unroll 4
        for (int i = 0; i < parts<A>; ++i) {
            native_stream(p + i * Native<A>::lanes, typename Native<A>::Float::register_type(a.v[i]));
        }
        return;
    }
#endif
    store<A>(p, a);
}

// Call this after the last such store, before other threads are told of the data.
NIB_INLINE void stream_end()
{
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

} // namespace nib::kernels
