#include "base/parallel.hpp"

#if defined(_OPENMP)

#include "base/stack.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>

#include <pthread.h>
#include <sched.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

namespace nib {

namespace {

constinit std::atomic<bool> forked = false;

void after_fork() noexcept
{
    forked = true;
    openmp::kept = 0;
}

// The stack size of an OpenMP thread if a setting other than the system's decides it, else 0. LLVM's runtime reports
// it; GCC's reads the environment.
#if defined(KMP_VERSION_MAJOR)
std::size_t own_stack_bytes() noexcept { return kmp_get_stacksize_s(); }
#else
// Parses a number and its unit, B, K (the default), M or G. 0: not a valid size.
std::size_t stack_bytes(const char* text) noexcept
{
    if (text == nullptr) return 0;
    char* end = nullptr;
    const unsigned long long number = std::strtoull(text, &end, 10);
    if (end == text) return 0;
    while (*end == ' ' || *end == '\t') ++end;
    switch (*end) {
    case 'b':
    case 'B':
        return number;
    case 'm':
    case 'M':
        return number << 20;
    case 'g':
    case 'G':
        return number << 30;
    default:
        return number << 10;
    }
}

std::size_t own_stack_bytes() noexcept
{
    const std::size_t bytes = stack_bytes(std::getenv("OMP_STACKSIZE"));
    return bytes != 0 ? bytes : stack_bytes(std::getenv("GOMP_STACKSIZE"));
}
#endif

// The attributes of an OpenMP thread, as far as they take memory.
class Attributes {
public:
    Attributes() noexcept : valid_(pthread_attr_init(&attributes_) == 0)
    {
        if (!valid_) return;
        const std::size_t size = own_stack_bytes();
        if (size != 0) pthread_attr_setstacksize(&attributes_, size); // OpenMP does not get a refused size either
        // LLVM's runtime gives each thread a little more stack than it reports, and glibc keeps a stack for the next
        // thread only if it is large enough: with less, both stacks would need room at once.
        std::size_t stack = 0;
        if (pthread_attr_getstacksize(&attributes_, &stack) == 0)
            pthread_attr_setstacksize(&attributes_, stack + spare);
    }
    ~Attributes()
    {
        if (valid_) pthread_attr_destroy(&attributes_);
    }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;

    const pthread_attr_t* get() const noexcept { return &attributes_; }

    // Whether the stack is large enough for nib's work.
    bool suffice() const noexcept
    {
        std::size_t stack = 0, guard = 0;
        return valid_ && pthread_attr_getstacksize(&attributes_, &stack) == 0 &&
               pthread_attr_getguardsize(&attributes_, &guard) == 0 && stack >= stack_needed + guard + spare;
    }

private:
    static constexpr std::size_t spare = std::size_t{64} << 10;

    pthread_attr_t attributes_;
    bool valid_;
};

#if defined(__linux__)
pid_t thread_id() noexcept { return static_cast<pid_t>(syscall(SYS_gettid)); }

// A thread that was joined counts against limits until the kernel has released its number, some microseconds later.
void wait_until_forgotten(pid_t thread) noexcept
{
    for (int turns = 0; turns < 100000 && syscall(SYS_tgkill, getpid(), thread, 0) == 0; ++turns) sched_yield();
}
#else
pid_t thread_id() noexcept { return 0; }
void wait_until_forgotten(pid_t) noexcept {}
#endif

// Threads that do nothing, all alive at once until they are joined.
class Probe {
public:
    // Starts this many threads, or as many as the system gives.
    Probe(int threads, const Attributes& attributes) noexcept
        : threads_(new (std::nothrow) Thread[static_cast<std::size_t>(threads)])
    {
        if (threads_ == nullptr) return;
        pthread_mutex_lock(&gate_);
        while (started_ < threads && start(threads_[static_cast<std::size_t>(started_)], attributes)) ++started_;
        // OpenMP allocates memory of its own, some KB a thread, and ends the process if there is none.
        const std::size_t room = static_cast<std::size_t>(threads + 1) << 16;
        const std::unique_ptr<char[]> memory(new (std::nothrow) char[room]);
        succeeded_ = memory != nullptr ? started_ : 0;
        pthread_mutex_unlock(&gate_);
    }
    ~Probe()
    {
        for (int i = 0; i < started_; ++i) pthread_join(threads_[static_cast<std::size_t>(i)].handle, nullptr);
        for (int i = 0; i < started_; ++i) wait_until_forgotten(threads_[static_cast<std::size_t>(i)].id);
        pthread_mutex_destroy(&gate_);
    }
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    int succeeded() const noexcept { return succeeded_; }

private:
    struct Thread {
        pthread_t handle;
        pthread_mutex_t* gate;
        pid_t id;
    };

    bool start(Thread& thread, const Attributes& attributes) noexcept
    {
        thread.gate = &gate_;
        return pthread_create(&thread.handle, attributes.get(), wait, &thread) == 0;
    }

    static void* wait(void* argument) noexcept
    {
        Thread& thread = *static_cast<Thread*>(argument);
        thread.id = thread_id();
        pthread_mutex_lock(thread.gate);
        pthread_mutex_unlock(thread.gate);
        return nullptr;
    }

    std::unique_ptr<Thread[]> threads_;
    pthread_mutex_t gate_ = PTHREAD_MUTEX_INITIALIZER;
    int started_ = 0, succeeded_ = 0;
};

int startable(int threads) noexcept
{
    const Attributes attributes;
    return attributes.suffice() ? Probe(threads, attributes).succeeded() : 0;
}

// OpenMP keeps the threads of a region for the next one that the same thread begins.
void start(int threads) noexcept
{
#pragma omp parallel num_threads(threads)
    {
    }
}

} // namespace

void prepare_for_fork()
{
    static const int error = pthread_atfork(nullptr, nullptr, after_fork);
    if (error != 0) throw std::bad_alloc();
}

int openmp::ready(int threads) noexcept
{
    static constinit std::mutex one_at_a_time; // another thread's probe could take what this one found to be free
    if (forked) return 1;
    const bool inside = omp_in_parallel() != 0;
    if (inside && omp_get_active_level() >= omp_get_max_active_levels()) return 1; // OpenMP would grant no more
    threads = std::min(threads, omp_get_thread_limit());
    const int there = inside ? 1 : std::max(kept, 1); // threads of a region inside another are not kept
    kept = 0;
    if (threads > there) {
        const std::lock_guard lock(one_at_a_time);
        threads = there + startable(threads - there);
        if (threads > there && !inside) start(threads);
    }
    if (!inside) kept = threads; // OpenMP ends any threads beyond these
    return threads;
}

} // namespace nib

#else

namespace nib {

void prepare_for_fork() {}

} // namespace nib

#endif
