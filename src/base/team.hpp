// Threads that work in step: each arrives, does what it can do alone, and waits for the others.
#pragma once

#include "base/buffer.hpp"
#include "base/cores.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

namespace nib {

// A barrier in two halves for a fixed number of threads that all arrive equally often. What a thread wrote before
// arrive() is seen by every thread after its wait() of the same round. One flag a thread, each in a cache line of its
// own: on one socket a flag reaches its reader in some 60 ns, where OpenMP's barrier takes 130 to 190.
class Team {
public:
    Team(int threads, Memory* memory)
        : flags_(static_cast<std::size_t>(threads), memory),
          threads_(threads),
          patience_(threads > usable_cores() ? 0 : patience)
    {
    }

    int threads() const noexcept { return threads_; }

    class Member {
    public:
        Member(Team& team, int index) noexcept
            : team_(team), index_(index), round_(team.flag(index).load(std::memory_order_relaxed))
        {
        }

        void arrive() noexcept { team_.flag(index_).store(++round_, std::memory_order_release); }

        void wait() const noexcept
        {
            for (int other = 0; other < team_.threads_; ++other) {
                for (int spins = 0; team_.flag(other).load(std::memory_order_acquire) < round_; ++spins) {
                    spins < team_.patience_ ? relax() : std::this_thread::yield();
                }
            }
        }

    private:
        static void relax() noexcept
        {
#if defined(__x86_64__) || defined(__i386__)
            __builtin_ia32_pause();
#elif defined(__aarch64__)
            asm volatile("yield");
#endif
        }

        Team& team_;
        int index_;
        std::uint64_t round_;
    };

private:
    // Turns of the waiting loop before a thread gives its core away. Some microseconds: longer than the other threads'
    // work may differ, far shorter than a time slice, which is what waiting costs when the awaited one is not running.
    // With more threads than cores, some are never running: no turn is worth while then.
    static constexpr int patience = 1000;

    struct alignas(alignment) Flag {
        std::uint64_t round;
    };

    std::atomic_ref<std::uint64_t> flag(int thread) noexcept
    {
        return std::atomic_ref<std::uint64_t>(flags_[static_cast<std::size_t>(thread)].round);
    }

    Buffer<Flag> flags_;
    int threads_;
    int patience_;
};

} // namespace nib
