// The program with small stacks: it prints a sentence, or uses one thread, and never crashes.
#include "catch.hpp"
#include "tools/kill.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/resource.h>

using namespace nib::test;

TEST_CASE("a stack that is too small is refused with a sentence, for any number of threads")
{
    const TextFolder folder;
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_STACK, &before) == 0);
    const rlimit small = {16 << 10, before.rlim_max};
    for (const char* threads : {"1", "4"}) {
        REQUIRE(setrlimit(RLIMIT_STACK, &small) == 0); // for processes started from here on
        const Result result = run_nib({"train", folder.names(), "--out", folder / "run", "--threads", threads});
        REQUIRE(setrlimit(RLIMIT_STACK, &before) == 0);
        CHECK(result.exit_code == 1);
        contains(result.err, "ulimit -s");
    }
    CHECK(!std::filesystem::exists(folder / "run"));
}

TEST_CASE("where OpenMP's threads would have too small a stack, a run has one thread")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "one", {"--threads", "1"})).exit_code == 0);
    for (const char* size : {"16k", "16384B", " 20 ", "0"}) {
        CAPTURE(size);
        setenv("OMP_STACKSIZE", size, 1);
        CHECK(run_nib(run_of(folder, size, {"--threads", "4"})).exit_code == 0);
        CHECK(model_of(folder, size) == model_of(folder, "one"));
    }
    unsetenv("OMP_STACKSIZE");
}
