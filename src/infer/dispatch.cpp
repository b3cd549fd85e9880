// The choice of a table. The code asks the processor directly: the compilers' __builtin_cpu_supports needs their
// run-time library.
#include "infer/table.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace nib::infer {

extern const EngineTable scalar_table, sse2_table, avx2_table, avx512_table, neon64_table, neon_table;
extern const Dots avx512vnni_dots;

namespace {

#if defined(NIB_HAVE_AVX2) || defined(NIB_HAVE_AVX512)
// Whether the system saves these registers when it switches threads (XCR0).
bool system_saves(unsigned registers)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned osxsave = 1u << 27;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & osxsave) == 0) return false;
    unsigned low = 0, high = 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & registers) == registers;
}

// Bits of CPUID leaf 1, ECX, and of leaf 7, EBX and ECX.
bool processor_has(unsigned leaf1_ecx, unsigned leaf7_ebx, unsigned leaf7_ecx = 0)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & leaf1_ecx) != leaf1_ecx) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & leaf7_ebx) == leaf7_ebx && (c & leaf7_ecx) == leaf7_ecx;
}

constexpr unsigned ymm = 0x06, zmm = 0xe6;
#endif

bool always() { return true; }

#if defined(NIB_HAVE_AVX2)
bool has_avx2() { return system_saves(ymm) && processor_has(bit_FMA | bit_AVX, bit_AVX2); }
#endif
#if defined(NIB_HAVE_AVX512)
bool has_avx512()
{
    return system_saves(zmm) && processor_has(bit_FMA | bit_AVX, bit_AVX2 | bit_AVX512F | bit_AVX512CD | bit_AVX512DQ |
                                                                     bit_AVX512BW | bit_AVX512VL);
}
bool has_vnni()
{
    constexpr unsigned vnni = 1u << 11;
    return processor_has(0, 0, vnni);
}
#endif

struct Candidate {
    const EngineTable* table;
    bool (*available)();
};

// Best first.
constexpr Candidate candidates[] = {
#if defined(NIB_HAVE_AVX512)
    {&avx512_table, has_avx512},
#endif
#if defined(NIB_HAVE_AVX2)
    {&avx2_table, has_avx2},
#endif
#if defined(NIB_HAVE_SSE2)
    {&sse2_table, always},
#endif
#if defined(NIB_HAVE_NEON64)
    {&neon64_table, always},
#endif
#if defined(NIB_HAVE_NEON)
    {&neon_table, always},
#endif
    {&scalar_table, always},
};

bool equal(const char* a, const char* b)
{
    while (*a != '\0' && *a == *b) ++a, ++b;
    return *a == *b;
}

} // namespace

const EngineTable* best_table() noexcept
{
    for (const Candidate& candidate : candidates) {
        if (candidate.available()) return candidate.table;
    }
    return &scalar_table;
}

const Dots* best_dots(const EngineTable& table) noexcept
{
#if defined(NIB_HAVE_AVX512)
    if (&table == &avx512_table && has_vnni()) return &avx512vnni_dots;
#endif
    return &table.dots;
}

const EngineTable* table_of(const char* isa) noexcept
{
    for (const Candidate& candidate : candidates) {
        if (equal(candidate.table->isa, isa)) return candidate.available() ? candidate.table : nullptr;
    }
    return nullptr;
}

} // namespace nib::infer
