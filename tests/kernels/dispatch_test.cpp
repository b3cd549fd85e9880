#include "catch.hpp"
#include "forked.hpp"
#include "kernels/table.hpp"

#include <cstdlib>
#include <string>

using namespace nib;
using namespace nib::test;

namespace {

// The name of table() in a process whose environment has NIB_ISA = isa; "" for none.
std::string chosen_with(const char* isa)
{
    return output_with_isa(isa, [] {
        const kernels::Table* chosen = kernels::table();
        return std::string(chosen == nullptr ? "" : chosen->isa);
    });
}

constexpr const char* all_names[] = {"avx512", "avx2", "sse2", "neon64", "neon", "scalar"};

} // namespace

TEST_CASE("NIB_ISA decides, and only what is there can be chosen")
{
    for (const char* name : all_names) {
        CAPTURE(name);
        CHECK(chosen_with(name) == (kernels::table_of(name) == nullptr ? "" : name));
    }
    CHECK(chosen_with("avx") == "");
    CHECK(chosen_with("AVX2") == "");
    CHECK(chosen_with("scalar ") == "");
}

TEST_CASE("an empty NIB_ISA leaves the choice to the processor: the best there is")
{
    std::string best;
    for (const char* name : all_names) {
        if (best.empty() && kernels::table_of(name) != nullptr) best = name;
    }
    CHECK(chosen_with("") == best);
}

TEST_CASE("every table is complete")
{
    for (const char* name : all_names) {
        const kernels::Table* table = kernels::table_of(name);
        if (table == nullptr) continue;
        CAPTURE(name);
        CHECK(table->isa == std::string(name));
        CHECK(table->tile_rows > 0);
        CHECK(table->product != nullptr);
        CHECK(table->affine != nullptr);
        CHECK(table->norm_forward != nullptr);
        CHECK(table->norm_backward != nullptr);
        CHECK(table->moments != nullptr);
        CHECK(table->cross_entropy != nullptr);
        CHECK(table->sum_parts != nullptr);
        CHECK(table->transpose != nullptr);
        CHECK(table->sgd != nullptr);
        CHECK(table->adamw != nullptr);
        CHECK(table->blend != nullptr);
    }
    CHECK(kernels::table_of("scalar") != nullptr);
}

TEST_CASE("the processor's instruction sets are all found")
{
#if defined(__x86_64__)
    CHECK(kernels::table_of("sse2") != nullptr);
    CHECK((kernels::table_of("avx2") != nullptr) == (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")));
    CHECK(kernels::table_of("neon64") == nullptr);
#elif defined(__aarch64__)
    CHECK(kernels::table_of("neon64") != nullptr);
    CHECK(kernels::table_of("avx2") == nullptr);
#endif
    CHECK(kernels::table_of("") == nullptr);
}

TEST_CASE("the choice stays what it was at first")
{
    const kernels::Table* chosen = kernels::table();
    REQUIRE(chosen != nullptr);
    setenv("NIB_ISA", "nonsense", 1);
    CHECK(kernels::table() == chosen);
}
