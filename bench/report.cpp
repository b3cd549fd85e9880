#include "report.hpp"

#include "kernels/table.hpp"
#include "nib/nib.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>

namespace nib::bench {

namespace {

using Run = benchmark::BenchmarkReporter::Run;

std::string processor()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    }
    return "unknown processor";
}

std::string date()
{
    char text[32];
    const std::time_t now = std::time(nullptr);
    std::strftime(text, sizeof text, "%Y-%m-%d", std::localtime(&now));
    return text;
}

std::string with_unit(double seconds)
{
    char text[32];
    const char* unit = "s";
    double value = seconds;
    for (const char* smaller : {"ms", "us", "ns"}) {
        if (value >= 1) break;
        value *= 1000;
        unit = smaller;
    }
    std::snprintf(text, sizeof text, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value, unit);
    return text;
}

// Google Benchmark 1.8 renamed the fields of a run that failed.
template <class R>
std::string error_of(const R& run)
{
    if constexpr (requires { run.error_occurred; }) {
        return run.error_occurred ? run.error_message : "";
    } else {
        return run.skip_message;
    }
}

// Removes a counter and returns it as text; empty if there is none.
std::string take(benchmark::UserCounters& counters, const char* name, const char* format)
{
    const auto found = counters.find(name);
    if (found == counters.end()) return "";
    char text[32];
    std::snprintf(text, sizeof text, format, found->second.value);
    counters.erase(found);
    return text;
}

double seconds_of(const Run& run) { return run.real_accumulated_time / static_cast<double>(run.iterations); }

void print(const Run& run)
{
    const std::string name = run.run_name.function_name, error = error_of(run);
    if (!error.empty()) {
        std::printf("| %-40s | %9s | %7s | %-12s | %8s | %s |\n", name.c_str(), "", "", "", "", error.c_str());
        return;
    }
    benchmark::UserCounters counters = run.counters;
    const std::string rate = take(counters, "GFLOP/s", "%.1f"), share = take(counters, "of_limit", "%.3f");
    std::string others;
    for (const auto& [key, counter] : counters) {
        char text[64];
        std::snprintf(text, sizeof text, "%s%s %.3g", others.empty() ? "" : ", ", key.c_str(), counter.value);
        others += text;
    }
    std::printf("| %-40s | %9s | %7s | %-12s | %8s | %s |\n", name.c_str(), with_unit(seconds_of(run)).c_str(),
                rate.c_str(), run.report_label.c_str(), share.c_str(), others.c_str());
}

} // namespace

bool TableReporter::ReportContext(const Context&)
{
    std::printf("nib %d.%d.%d, %s, %u processors (%s), compiler %s, %s\n\n", NIB_VERSION_MAJOR, NIB_VERSION_MINOR,
                NIB_VERSION_PATCH, processor().c_str(), std::thread::hardware_concurrency(), kernels::table()->isa,
                __VERSION__, date().c_str());
    std::printf("| %-40s | %9s | %7s | %-12s | %8s | %s |\n", "benchmark", "time", "GFLOP/s", "limit", "of limit",
                "more");
    const auto line = [](std::size_t width) { return std::string(width, '-'); };
    std::printf("|:%s-|-%s:|-%s:|:%s-|-%s:|:-----|\n", line(40).c_str(), line(9).c_str(), line(7).c_str(),
                line(12).c_str(), line(8).c_str());
    return true;
}

void TableReporter::ReportRuns(const std::vector<Run>& runs)
{
    const auto faster = [](const Run& a, const Run& b) { return seconds_of(a) < seconds_of(b); };
    std::vector<Run> measured;
    for (const Run& run : runs) {
        if (run.run_type == Run::RT_Iteration) measured.push_back(run);
    }
    if (!measured.empty()) print(*std::min_element(measured.begin(), measured.end(), faster));
    std::fflush(stdout);
}

} // namespace nib::bench
