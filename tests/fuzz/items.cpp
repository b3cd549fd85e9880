#include "fuzz/items.hpp"

#include "fuzz/fuzz.hpp"
#include "fuzz/heap.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

namespace nib::fuzz {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Options {
    std::uint64_t seed = 1;
    std::int64_t seconds = 60, only = -1;
};

// Memory that child and parent share.
struct Progress {
    std::atomic<std::int64_t> index = -1; // of the current item
    std::atomic<bool> done = false;
    char summary[1024] = "";
};

bool parse(int argc, char** argv, Options& options)
{
    for (int i = 1; i < argc; i += 2) {
        const std::string_view name = argv[i];
        if (i + 1 == argc) return false;
        const std::int64_t value = std::strtoll(argv[i + 1], nullptr, 10);
        if (name == "--seed") {
            options.seed = static_cast<std::uint64_t>(value);
        } else if (name == "--seconds") {
            options.seconds = value;
        } else if (name == "--only") {
            options.only = value;
        } else {
            return false;
        }
    }
    return true;
}

bool printed()
{
    std::fflush(nullptr);
    struct stat about = {};
    return fstat(STDOUT_FILENO, &about) != 0 || about.st_size > 0;
}

void run_one(Items& items, std::uint64_t seed, std::int64_t index)
{
    const std::size_t before = heap().objects;
    items.run(seed, index);
    if (heap().objects == before) return;
    // Memory that a library keeps from its first call on is not a leak.
    const std::size_t again = heap().objects;
    items.run(seed, index);
    require(heap().objects == again, "an item gives back every object of the heap");
}

void work(const Options& options, std::unique_ptr<Items> (*make)(), Progress& progress)
{
    const std::unique_ptr<Items> items = make();
    const Clock::time_point end = Clock::now() + std::chrono::seconds(options.seconds);
    std::int64_t index = options.only >= 0 ? options.only : 0;
    do {
        progress.index = index;
        run_one(*items, options.seed, index++);
        require(!printed(), "nothing is printed");
    } while (options.only < 0 && Clock::now() < end);
    std::snprintf(progress.summary, sizeof progress.summary, "%s", items->summary(options.only < 0).c_str());
    progress.done = true;
}

// Waits until the child ends; ends a child that does not finish an item.
int wait_for(pid_t child, const Progress& progress)
{
    std::int64_t seen = -2;
    Clock::time_point since = Clock::now();
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (progress.index != seen) {
            seen = progress.index;
            since = Clock::now();
        } else if (Clock::now() - since > 2min) {
            kill(child, SIGKILL);
        }
        std::this_thread::sleep_for(20ms);
    }
    return status;
}

void print(std::FILE* file)
{
    std::rewind(file);
    char part[4096];
    for (std::size_t size = 0; (size = std::fread(part, 1, sizeof part, file)) > 0;) std::fwrite(part, 1, size, stderr);
}

int report(const char* program, const Options& options, const Progress& progress, int status, std::FILE* output)
{
    print(output);
    const bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    std::fprintf(stderr, "\nitem %lld %s (wait status 0x%x); to repeat: %s --seed %llu --only %lld\n",
                 static_cast<long long>(progress.index.load()), hung ? "hangs" : "broke something",
                 static_cast<unsigned>(status), program, static_cast<unsigned long long>(options.seed),
                 static_cast<long long>(progress.index.load()));
    return 1;
}

} // namespace

int run_items(int argc, char** argv, std::unique_ptr<Items> (*make)())
{
    Options options;
    if (!parse(argc, argv, options)) {
        std::fprintf(stderr, "usage: %s [--seed S] [--seconds N | --only I]\n", argv[0]);
        return 2;
    }
    void* shared = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    std::FILE* output = std::tmpfile();
    if (shared == MAP_FAILED || output == nullptr) {
        std::perror(argv[0]);
        return 1;
    }
    auto& progress = *new (shared) Progress;
    const pid_t child = fork();
    if (child == 0) {
        dup2(fileno(output), STDOUT_FILENO);
        dup2(fileno(output), STDERR_FILENO);
        work(options, make, progress);
        std::exit(0); // leaks are looked for here
    }
    const int status = wait_for(child, progress);
    struct stat about = {};
    if (status != 0 || !progress.done || fstat(fileno(output), &about) != 0 || about.st_size > 0)
        return report(argv[0], options, progress, status, output);
    std::printf("%s\n", progress.summary);
    std::fclose(output);
    return 0;
}

} // namespace nib::fuzz
