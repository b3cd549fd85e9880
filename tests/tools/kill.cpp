#include "tools/kill.hpp"

#include "catch.hpp"

#include <chrono>
#include <csignal>
#include <thread>

namespace nib::test {

int kill_until_done(const TextFolder& folder, const std::string& out, std::mt19937& random)
{
    double longest_seconds = 0.3;
    for (int kills = 0;; ++kills) {
        const std::string threads = std::to_string(1 + random() % 3);
        const std::string every[] = {"15", "60", "300"};
        Child child(run_of(folder, out, {"--resume", "--threads", threads, "--checkpoint-every", every[random() % 3]}));
        const double share = static_cast<double>(random()) / 4294967296.0;
        std::this_thread::sleep_for(std::chrono::duration<double>(longest_seconds * share));
        child.send(SIGKILL);
        const int exit_code = child.wait();
        if (exit_code == 0) return kills;
        INFO(child.err());
        REQUIRE(exit_code == -SIGKILL);
        longest_seconds *= 1.02; // a machine that is too slow to progress gets more time
    }
}

} // namespace nib::test
