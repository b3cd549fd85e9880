// Work in a separate process: a process chooses its kernels once, by NIB_ISA.
#pragma once

#include "catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace nib::test {

// The result of work(), a string of at most 4 KiB (which a pipe holds), in a child process with NIB_ISA = isa. The
// calling process must not have used OpenMP before, since a fork does not copy its threads.
template <class Work>
std::string output_with_isa(const char* isa, Work work)
{
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        setenv("NIB_ISA", isa, 1);
        const std::string output = work();
        _exit(write(ends[1], output.data(), output.size()) == static_cast<ssize_t>(output.size()) ? 0 : 1);
    }
    close(ends[1]);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    char output[4096];
    const ssize_t size = read(ends[0], output, sizeof output);
    close(ends[0]);
    REQUIRE(size >= 0);
    return std::string(output, static_cast<std::size_t>(size));
}

} // namespace nib::test
