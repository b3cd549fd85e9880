// The main function of every test program in C++.
#define CATCH_CONFIG_RUNNER
#include "catch.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

#if __has_include(<catch2/catch_all.hpp>)
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

std::string running_case;
bool skipping = false; // running_case was skipped
int cases_run = 0;
int cases_skipped = 0;

struct SkipCounter : ListenerBase {
    using ListenerBase::ListenerBase;
    void testCaseStarting(const Catch::TestCaseInfo& info) override
    {
        running_case = info.name;
        skipping = false;
    }
    void testCaseEnded(const Catch::TestCaseStats&) override
    {
        ++cases_run;
        cases_skipped += skipping;
    }
};
CATCH_REGISTER_LISTENER(SkipCounter)

// Asks the processor itself, not the library: a dispatch that finds too little must fail, not skip.
bool processor_has(const char* isa)
{
#if defined(__x86_64__)
    if (std::strcmp(isa, "avx2") == 0) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (std::strcmp(isa, "avx512") == 0) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
    }
#endif
    static_cast<void>(isa);
    return true;
}

constexpr int exit_skipped = 77;

} // namespace

void nib::test::skip(const char* reason)
{
    skipping = true;
    std::printf("skipped: %s: %s\n", running_case.c_str(), reason);
}

int main(int argc, char** argv)
{
    const char* isa = std::getenv("NIB_ISA");
    if (isa != nullptr && !processor_has(isa)) {
        std::printf("skipped: this processor does not have %s\n", isa);
        return exit_skipped;
    }
    const int status = Catch::Session().run(argc, argv);
    return status == 0 && cases_run > 0 && cases_skipped == cases_run ? exit_skipped : status;
}
