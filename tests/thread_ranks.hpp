// Ranks that are threads of one process: an engine for nib_collective that can delay, fail, and lose a rank.
#pragma once

#include "nib/nib.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace nib::test {

// The engine's errors.
enum EngineError { engine_failed = 5, engine_late = 6, engine_abandoned = 7, engine_confused = 8 };

class ThreadRanks {
public:
    using Clock = std::chrono::steady_clock;

    // limit: how long a call waits for the other ranks.
    explicit ThreadRanks(int ranks, std::chrono::milliseconds limit = std::chrono::seconds(20))
        : limit_(limit), ranks_(static_cast<std::size_t>(ranks))
    {
        for (int rank = 0; rank < ranks; ++rank) ranks_[static_cast<std::size_t>(rank)] = {this, rank};
    }

    int ranks() const { return static_cast<int>(ranks_.size()); }

    nib_collective of(int rank)
    {
        auto engine = sized<nib_collective>();
        engine.user = &ranks_[static_cast<std::size_t>(rank)];
        engine.rank = rank;
        engine.ranks = ranks();
        engine.all_gather = all_gather;
        engine.all_to_all = all_to_all;
        engine.broadcast = broadcast;
        engine.abandon = abandon;
        return engine;
    }

    // Call number `call` of this rank, from 0, fails there and on the others with engine_failed.
    void fail(int rank, long call) { ranks_[static_cast<std::size_t>(rank)].failing = call; }

    // Before every call a rank sleeps up to 200 us, at random by this seed.
    void delay(unsigned seed) { delays_ = seed; }

    // Forgets failures and what ranks had begun; no rank may be in a call.
    void restart()
    {
        error_ = 0;
        arrived_ = 0;
        for (Rank& each : ranks_) each.failing = -1;
    }

    long calls(int rank) const { return ranks_[static_cast<std::size_t>(rank)].calls; }
    std::string abandoned() const { return abandoned_; }

private:
    struct Rank {
        ThreadRanks* all = nullptr;
        int rank = 0;
        long calls = 0, failing = -1;
        // The call that it is in:
        const char* name = nullptr;
        const char* send = nullptr;
        std::size_t bytes = 0;
    };

    // About a millisecond. A thread that sleeps wakes late, and often on the core of the thread that wakes it.
    static constexpr int most_looks = 2000;

    // Waits for every rank, or until one has an error.
    int meet()
    {
        std::unique_lock lock(mutex_);
        if (error_ != 0) return error_;
        const long round = round_;
        if (++arrived_ == ranks()) {
            arrived_ = 0;
            ++round_;
            changed_.notify_all();
            return 0;
        }
        const auto is_over = [&] { return round_ != round || error_ != 0; };
        lock.unlock();
        for (int looks = 0; looks < most_looks && !is_over(); ++looks) std::this_thread::yield();
        lock.lock();
        const bool met = changed_.wait_for(lock, limit_, is_over);
        if (!met) error_ = engine_late;
        if (!met) changed_.notify_all();
        return round_ != round ? 0 : error_.load();
    }

    int break_off(int error)
    {
        const std::lock_guard lock(mutex_);
        if (error_ == 0) error_ = error;
        changed_.notify_all();
        return error_;
    }

    void sleep(const Rank& rank) const
    {
        if (delays_ == 0) return;
        std::minstd_rand random(delays_ + static_cast<unsigned>(rank.calls * 64 + rank.rank));
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
    }

    // copy(sender) copies what this rank is to have of each.
    template <class Copy>
    int call(Rank& own, const char* name, const void* send, std::size_t bytes, Copy copy)
    {
        sleep(own);
        if (own.calls++ == own.failing) return break_off(engine_failed);
        own.name = name;
        own.send = static_cast<const char*>(send);
        own.bytes = bytes;
        if (const int error = meet()) return error;
        for (const Rank& other : ranks_) {
            if (std::strcmp(other.name, name) != 0 || other.bytes != bytes) return break_off(engine_confused);
            copy(other);
        }
        return meet(); // until all have copied
    }

    static int all_gather(void* user, const void* send, std::size_t bytes, void* receive)
    {
        Rank& own = *static_cast<Rank*>(user);
        return own.all->call(own, "all_gather", send, bytes, [&](const Rank& from) {
            std::memcpy(static_cast<char*>(receive) + static_cast<std::size_t>(from.rank) * bytes, from.send, bytes);
        });
    }
    static int all_to_all(void* user, const void* send, std::size_t bytes, void* receive)
    {
        Rank& own = *static_cast<Rank*>(user);
        return own.all->call(own, "all_to_all", send, bytes, [&](const Rank& from) {
            std::memcpy(static_cast<char*>(receive) + static_cast<std::size_t>(from.rank) * bytes,
                        from.send + static_cast<std::size_t>(own.rank) * bytes, bytes);
        });
    }
    static int broadcast(void* user, void* memory, std::size_t bytes)
    {
        Rank& own = *static_cast<Rank*>(user);
        return own.all->call(own, "broadcast", memory, bytes, [&](const Rank& from) {
            if (from.rank == 0 && own.rank != 0) std::memcpy(memory, from.send, bytes);
        });
    }
    static void abandon(void* user, const char* why)
    {
        ThreadRanks& all = *static_cast<Rank*>(user)->all;
        {
            const std::lock_guard lock(all.mutex_);
            all.abandoned_ = why;
        }
        all.break_off(engine_abandoned);
    }

    std::chrono::milliseconds limit_;
    std::vector<Rank> ranks_;
    unsigned delays_ = 0; // 0: none
    std::mutex mutex_;
    std::condition_variable changed_;
    int arrived_ = 0;
    std::atomic<int> error_ = 0;  // written by who holds the mutex
    std::atomic<long> round_ = 0; // likewise
    std::string abandoned_;
};

// Calls part(collective) for each rank, each in a thread of its own, and returns what they return, by rank. part makes
// no assertions: Catch2's are for one thread.
template <class Part>
auto on_ranks(ThreadRanks& engine, Part part)
{
    std::vector<decltype(part(std::declval<const nib_collective&>()))> results(
        static_cast<std::size_t>(engine.ranks()));
    std::vector<std::thread> threads;
    for (int rank = 0; rank < engine.ranks(); ++rank)
        threads.emplace_back([&, rank] { results[static_cast<std::size_t>(rank)] = part(engine.of(rank)); });
    for (std::thread& thread : threads) thread.join();
    return results;
}

} // namespace nib::test
