// Threads that work in step: each arrives, does independent work, and waits for the others.
#pragma once

#include "base/buffer.hpp"
#include "base/cores.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

namespace nib {

// A barrier in two halves for a fixed number of threads that all arrive equally often. Whatever a thread wrote before
// arrive() is visible to every thread after its wait() of the same round. Each thread has a flag in its own cache line:
// on one socket a flag reaches its reader in some 60 ns, where OpenMP's barrier takes 130 to 190.
class Team {
public:
    Team(int threads, Memory* memory)
        : flags_(static_cast<std::size_t>(threads), memory),
          threads_(threads),
          patience_(threads > usable_cores() ? Patience{0, 4} : Patience{1000, 1000})
    {
    }

    int threads() const noexcept { return threads_; }

    class Member {
    public:
        Member(Team& team, int index) noexcept
            : team_(team), index_(index), round_(team.flag(index).load(std::memory_order_relaxed))
        {
        }

        void arrive() noexcept
        {
            // Sequentially consistent: the check for sleepers must come after the flag is up, or a sleeper is missed.
            team_.flag(index_).store(++round_, std::memory_order_seq_cst);
            team_.flag(index_).notify_all();
        }

        void wait() const noexcept
        {
            for (int other = 0; other < team_.threads_; ++other) wait_for(team_.flag(other));
        }

    private:
        // Spins, then yields, then sleeps.
        void wait_for(std::atomic_ref<std::uint32_t> flag) const noexcept
        {
            for (int turns = 0;; ++turns) {
                const std::uint32_t seen = flag.load(std::memory_order_acquire);
                if (static_cast<std::int32_t>(seen - round_) >= 0) return; // a difference, since rounds wrap around
                if (turns < team_.patience_.spins) {
                    relax();
                } else if (turns < team_.patience_.spins + team_.patience_.yields) {
                    std::this_thread::yield();
                } else {
                    flag.wait(seen, std::memory_order_acquire);
                }
            }
        }

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
        std::uint32_t round_;
    };

private:
    // How often a waiting thread spins before it yields its core, and yields before it sleeps. A thousand spins take
    // some 20 us, longer than the threads' work should differ and far shorter than a time slice. A thousand yields to
    // nobody take some 300 us, compared with which waking up, 5 us or more, costs little. With more threads than cores,
    // an awaited thread is not running, so spinning does not help. A few yields let everyone arrive more cheaply than
    // sleep does; but a kernel may also give the core straight back, and many yields would then burn a whole time
    // slice.
    struct Patience {
        int spins;
        int yields;
    };

    struct alignas(alignment) Flag {
        std::uint32_t round; // of a size that the kernel can wait for
    };

    std::atomic_ref<std::uint32_t> flag(int thread) noexcept
    {
        return std::atomic_ref<std::uint32_t>(flags_[static_cast<std::size_t>(thread)].round);
    }

    Buffer<Flag> flags_;
    int threads_;
    Patience patience_;
};

} // namespace nib
