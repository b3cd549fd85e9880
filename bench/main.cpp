// nib_bench [--all] [flags of Google Benchmark]: without --all or a filter of one's own, the short set.
#include "benchmarks.hpp"
#include "kernels/table.hpp"
#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

bool has(int argc, char** argv, std::string_view prefix)
{
    return std::any_of(argv, argv + argc,
                       [&](const char* argument) { return std::string_view(argument).starts_with(prefix); });
}

void register_benchmarks(bool all)
{
    using namespace nib::bench;
    add_peak();
    add_core_distance();
    add_gemm(all);
    add_sgemm(all);
    add_elementwise();
    add_train_step(all);
    add_one_answer();
    add_infer();
}

} // namespace

int main(int argc, char** argv)
{
    if (nib::kernels::table() == nullptr) {
        std::fprintf(stderr,
                     "nib_bench: NIB_ISA names an instruction set that this processor or build does not have\n");
        return 2;
    }
    const bool all = has(argc, argv, "--all");
    const bool google_format = has(argc, argv, "--benchmark_format");
    argc = static_cast<int>(std::remove_if(argv, argv + argc, [](const char* a) { return !std::strcmp(a, "--all"); }) -
                            argv);
    register_benchmarks(all || has(argc, argv, "--benchmark_filter") || has(argc, argv, "--benchmark_list_tests"));
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    nib::bench::TableReporter table;
    const std::size_t ran =
        google_format ? benchmark::RunSpecifiedBenchmarks() : benchmark::RunSpecifiedBenchmarks(&table);
    benchmark::Shutdown();
    return ran > 0 ? 0 : 1;
}
