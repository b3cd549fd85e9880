// A hundred kills and more: every run ends with the model of the run that was never killed.
#include "catch.hpp"
#include "tools/kill.hpp"

#include <cstdio>

using namespace nib::test;

TEST_CASE("runs killed a hundred times and more end with the same model")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "whole")).exit_code == 0);
    std::mt19937 random(20261124);
    int kills = 0, runs = 0;
    while (kills < 150) {
        const std::string out = "killed" + std::to_string(runs++);
        kills += kill_until_done(folder, out, random);
        REQUIRE(model_of(folder, out) == model_of(folder, "whole"));
    }
    std::printf("%d kills in %d runs, every model equal\n", kills, runs);
}
