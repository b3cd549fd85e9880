// nib_bench [--all] [--budget=SECONDS] [flags of Google Benchmark]. The short set runs unless --all or a filter is
// given. On several processes of mpirun, the rows of several ranks run.
#include "benchmarks.hpp"
#include "engine.h"
#include "kernels/table.hpp"
#include "measure.hpp"
#include "nib/nib.hpp"
#include "ranks.hpp"
#include "report.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

namespace {

bool has(int argc, char** argv, std::string_view prefix)
{
    return std::any_of(argv, argv + argc,
                       [&](const char* argument) { return std::string_view(argument).starts_with(prefix); });
}

// Removes the arguments that begin with prefix, and returns the rest of the last of them; null if there is none.
const char* take(int& argc, char** argv, std::string_view prefix)
{
    const char* value = nullptr;
    char** const end = std::remove_if(argv, argv + argc, [&](const char* argument) {
        if (!std::string_view(argument).starts_with(prefix)) return false;
        value = argument + prefix.size();
        return true;
    });
    argc = static_cast<int>(end - argv);
    return value;
}

// The budget must be between one burst and a minute.
bool set_budget(std::string_view text)
{
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || !(seconds >= 0.001 && seconds <= 60)) return false;
    nib::bench::usual_budget = seconds;
    return true;
}

void register_benchmarks(bool all)
{
    using namespace nib::bench;
    add_peak();
    add_bandwidth();
    add_core_distance();
    add_gemm(all);
    add_sgemm(all);
    add_convolution(all);
    add_elementwise();
    add_train_step(all);
    if (all) add_step_losses();
    if (all) add_ranks();
    add_one_answer();
    add_infer();
    add_infer_planes(all);
}

int run(int argc, char** argv, const nib_collective& processes)
{
    const bool all = take(argc, argv, "--all") != nullptr;
    if (const char* budget = take(argc, argv, "--budget="); budget != nullptr && !set_budget(budget)) {
        std::fprintf(stderr, "nib_bench: --budget is %s: expected 0.001 to 60 seconds\n", budget);
        return 2;
    }
    const bool google_format = has(argc, argv, "--benchmark_format");
    if (processes.ranks > 1)
        nib::bench::add_processes(processes);
    else
        register_benchmarks(all || has(argc, argv, "--benchmark_filter") || has(argc, argv, "--benchmark_list_tests"));
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    nib::bench::TableReporter table;
    const std::size_t ran =
        google_format ? benchmark::RunSpecifiedBenchmarks() : benchmark::RunSpecifiedBenchmarks(&table);
    benchmark::Shutdown();
    return ran > 0 ? 0 : 1;
}

// One process's part: rank 0 runs the benchmarks.
int take_part(int argc, char** argv, const nib_collective& processes)
{
    if (processes.rank != 0) {
        nib::bench::follow(processes);
        return 0;
    }
    const int code = run(argc, argv, processes);
    nib::bench::release(processes);
    return code;
}

} // namespace

int main(int argc, char** argv)
{
    if (nib::kernels::table() == nullptr) {
        std::fprintf(stderr,
                     "nib_bench: NIB_ISA names an instruction set that this processor or build does not have\n");
        return 2;
    }
    auto processes = nib::sized<nib_collective>();
    if (mpi_engine_begin(&argc, &argv, &processes) != 0) return EXIT_FAILURE;
    try {
        const int code = take_part(argc, argv, processes);
        mpi_engine_end(0, code);
        return code;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "nib_bench: rank %d: %s\n", static_cast<int>(processes.rank), error.what());
        mpi_engine_end(1, EXIT_FAILURE);
        return EXIT_FAILURE;
    }
}
