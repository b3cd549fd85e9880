#include "train/thread_choice.hpp"

#include "catch.hpp"

#include <algorithm>
#include <cstdint>

using namespace nib;

namespace {

// A machine on which a step takes this long, by the number of threads.
struct Machine {
    double all, one;
    double seconds(const ThreadChoice::Piece& piece) const
    {
        return static_cast<double>(piece.steps) * (piece.threads == 1 ? one : all);
    }
};

// Runs for this many seconds; returns the seconds with one thread.
double run_for(ThreadChoice& choice, const Machine& machine, double wanted)
{
    double alone = 0;
    for (double passed = 0; passed < wanted;) {
        const ThreadChoice::Piece piece = choice.next(1 << 30);
        REQUIRE(piece.steps >= 1);
        const double seconds = machine.seconds(piece);
        choice.add(piece, seconds);
        passed += seconds;
        if (piece.threads == 1) alone += seconds;
    }
    return alone;
}

} // namespace

TEST_CASE("a run keeps to what is faster, and tries the other for a small share of its time")
{
    ThreadChoice choice(4, false);
    run_for(choice, {1e-4, 3e-4}, 0.1);
    CHECK(choice.threads() == 4);
    CHECK(run_for(choice, {1e-4, 3e-4}, 20) < 0.4);
}

TEST_CASE("a machine that gets busy makes a run go on alone, and come back")
{
    ThreadChoice choice(2, false);
    const Machine quiet = {6e-5, 1e-4}, busy = {7e-4, 1e-4};
    run_for(choice, quiet, 3);
    CHECK(choice.threads() == 2);
    run_for(choice, busy, 3);
    CHECK(choice.threads() == 1);
    CHECK(run_for(choice, busy, 20) > 18);
    run_for(choice, quiet, 3);
    CHECK(choice.threads() == 2);
}

TEST_CASE("steps that take long are tried one by one")
{
    ThreadChoice choice(2, false);
    run_for(choice, {2, 4}, 60);
    CHECK(choice.threads() == 2);
    CHECK(choice.next(1000).steps == 1);
    CHECK(choice.next(0).steps == 0);
}

TEST_CASE("a number of threads that was given, and a single one, stay")
{
    for (const auto& [most, fixed] : {std::pair(3, true), {1, false}}) {
        ThreadChoice choice(most, fixed);
        for (int i = 0; i < 20; ++i) {
            const ThreadChoice::Piece piece = choice.next(100);
            CHECK(piece.threads == most);
            CHECK(piece.steps == 100);
            choice.add(piece, 1e-3);
        }
    }
}
