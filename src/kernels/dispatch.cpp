// The choice of a table: made once, by what the processor reports, or by NIB_ISA.
#include "kernels/table.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace nib::kernels {

extern const Table scalar_table, sse2_table, avx2_table, avx512_table, neon64_table, neon_table;

namespace {

struct KernelChoice {
    const Table* table;
    bool (*available)();
};

bool always() { return true; }

// The compiler's own detection also asks whether the system saves the wide registers; xsimd 8.1's does not.
#if defined(NIB_HAVE_AVX2)
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif
#if defined(NIB_HAVE_AVX512)
bool has_avx512()
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
}
#endif

// Best first.
constexpr KernelChoice candidates[] = {
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

const Table* choose() noexcept
{
    const char* wanted = std::getenv("NIB_ISA");
    if (wanted != nullptr && *wanted != '\0') return table_of(wanted);
    for (const KernelChoice& candidate : candidates) {
        if (candidate.available()) return candidate.table;
    }
    return nullptr;
}

} // namespace

const Table* table_of(const char* isa) noexcept
{
    for (const KernelChoice& candidate : candidates) {
        if (std::strcmp(candidate.table->isa, isa) == 0) return candidate.available() ? candidate.table : nullptr;
    }
    return nullptr;
}

const Table* table() noexcept
{
    // Choosing twice gives the same answer, so a race here is harmless.
    static std::atomic<const Table*> chosen{nullptr};
    const Table* found = chosen.load(std::memory_order_relaxed);
    if (found == nullptr) chosen.store(found = choose(), std::memory_order_relaxed);
    return found;
}

} // namespace nib::kernels
