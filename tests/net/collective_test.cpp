#include "net/collective.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "thread_ranks.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

// A number that tells where it comes from and where it goes.
std::int32_t number_of(int from, int to, int place) { return 10000 * from + 100 * to + place; }

// Three rounds of every call; the first complaint, or "".
std::string complaint_of(const nib_collective& engine)
{
    Collective ranks(engine);
    const auto all = static_cast<std::size_t>(ranks.ranks());
    for (int round = 0; round < 3; ++round) {
        constexpr int count = 7;
        std::vector<std::int32_t> sent(all * count), received(all * count);
        for (int to = 0; to < ranks.ranks(); ++to)
            for (int i = 0; i < count; ++i)
                sent[static_cast<std::size_t>(to * count + i)] = number_of(ranks.rank(), to, i + round);
        const auto arrived = [&](int from, int to) {
            for (int i = 0; i < count; ++i)
                if (received[static_cast<std::size_t>(from * count + i)] != number_of(from, to, i + round))
                    return false;
            return true;
        };
        if (!ranks.all_gather(sent.data(), count * sizeof(std::int32_t), received.data())) return ranks.why();
        for (int from = 0; from < ranks.ranks(); ++from)
            if (!arrived(from, 0)) return "all_gather";
        if (!ranks.all_to_all(sent.data(), count * sizeof(std::int32_t), received.data())) return ranks.why();
        for (int from = 0; from < ranks.ranks(); ++from)
            if (!arrived(from, ranks.rank())) return "all_to_all";
        received = sent;
        if (!ranks.broadcast(received.data(), count * sizeof(std::int32_t))) return ranks.why();
        if (!arrived(0, 0)) return "broadcast";
    }
    return "";
}

} // namespace

TEST_CASE("bytes come to their places on one to eight ranks, whatever the order in which ranks arrive")
{
    for (int ranks = 1; ranks <= 8; ++ranks) {
        ThreadRanks engine(ranks);
        engine.delay(static_cast<unsigned>(ranks));
        for (const std::string& each : on_ranks(engine, complaint_of)) CHECK(each == "");
        CHECK(engine.calls(0) == (ranks == 1 ? 0 : 9)); // one rank needs no engine
    }
}

TEST_CASE("after a failure the engine is not called until that is forgotten")
{
    ThreadRanks engine(2);
    engine.fail(0, 0);
    Collective ranks(engine.of(0));
    char memory[2] = {};
    CHECK(!ranks.failed());
    CHECK(!ranks.all_gather(memory, 1, memory));
    CHECK(ranks.failed());
    CHECK(ranks.why() == "rank 0 of 2: all_gather failed with the engine's error 5");
    CHECK(!ranks.all_to_all(memory, 1, memory));
    CHECK(!ranks.broadcast(memory, 2));
    ranks.abandon("no one is told");
    CHECK(engine.calls(0) == 1);
    CHECK(engine.abandoned() == "");
    CHECK(ranks.why() == "rank 0 of 2: all_gather failed with the engine's error 5");

    engine.restart();
    ranks.forget_failure();
    CHECK(!ranks.failed());
    ranks.abandon("no memory");
    CHECK(engine.abandoned() == "no memory");
    CHECK(!ranks.broadcast(memory, 2));
    CHECK(ranks.why() == "rank 0 of 2: broadcast failed with the engine's error 7");
}

TEST_CASE("no bytes are no call")
{
    ThreadRanks engine(3);
    Collective ranks(engine.of(1));
    CHECK(ranks.all_gather(nullptr, 0, nullptr));
    CHECK(ranks.all_to_all(nullptr, 0, nullptr));
    CHECK(ranks.broadcast(nullptr, 0));
    CHECK(engine.calls(1) == 0);
}

TEST_CASE("the others do not wait for ever for a rank that fails, leaves, or gives up")
{
    // A rank that waits for ever keeps this test from ending.
    for (const int way : {0, 1, 2}) {
        ThreadRanks engine(4, std::chrono::milliseconds(200));
        if (way == 0) engine.fail(2, 4);
        const std::vector<std::string> found = on_ranks(engine, [&](const nib_collective& each) -> std::string {
            Collective ranks(each);
            char memory[4] = {};
            for (int i = 0; i < 10; ++i) {
                if (each.rank == 2 && i == 4 && way == 1) return "left";
                if (each.rank == 2 && i == 4 && way == 2) ranks.abandon("no memory");
                if (!ranks.all_gather(memory, 1, memory)) return ranks.why();
            }
            return "";
        });
        for (int rank = 0; rank < 4; ++rank) {
            const int error = way == 2 ? engine_abandoned : way == 0 ? engine_failed : engine_late;
            INFO("way " << way << ", rank " << rank);
            std::string expected = "rank ";
            expected.append(std::to_string(rank)).append(" of 4: all_gather failed with the engine's error ");
            expected.append(std::to_string(error));
            CHECK(found[static_cast<std::size_t>(rank)] == (way == 1 && rank == 2 ? "left" : expected));
        }
    }
}

TEST_CASE("an engine is refused by the name of what it lacks")
{
    ThreadRanks all(2);
    const auto refused = [&](auto change) {
        nib_collective engine = all.of(1);
        change(engine);
        return error_of(NIB_ERR_INVALID_ARGUMENT, [&] { Collective made(engine); });
    };
    CHECK(refused([](nib_collective& e) { e.ranks = 0; }) == "collective->ranks is 0: expected 1 to 256");
    CHECK(refused([](nib_collective& e) { e.ranks = 257; }) == "collective->ranks is 257: expected 1 to 256");
    CHECK(refused([](nib_collective& e) { e.rank = 2; }) == "collective->rank is 2: expected 0 to 1");
    CHECK(refused([](nib_collective& e) { e.rank = -1; }) == "collective->rank is -1: expected 0 to 1");
    CHECK(refused([](nib_collective& e) { e.all_gather = nullptr; }) == "collective->all_gather is NULL");
    CHECK(refused([](nib_collective& e) { e.all_to_all = nullptr; }) == "collective->all_to_all is NULL");
    CHECK(refused([](nib_collective& e) { e.broadcast = nullptr; }) == "collective->broadcast is NULL");
    nib_collective silent = all.of(1);
    silent.abandon = nullptr; // may be
    Collective(silent).abandon("no one is told");
    CHECK(all.abandoned() == "");
}
