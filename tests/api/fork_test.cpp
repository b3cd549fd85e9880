// A child process of a program that has used nib's threads: the child does not have them, and nib computes with one.
#include "api/everything.hpp"

#include <sys/wait.h>

using namespace nib::test;

namespace {

// Whether work() returned these bytes in a child process within a minute.
template <class Work>
bool child_gets(const std::string& expected, Work work)
{
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        alarm(60); // ends a thread that waits for ever
        _exit(work() == expected ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    INFO("signal " << (WIFSIGNALED(status) ? WTERMSIG(status) : 0));
    CHECK(status == 0);
    return status == 0;
}

} // namespace

TEST_CASE("a child process trains, evaluates, folds and samples as its parent did, with any number of threads")
{
    const std::string expected = everything(2);
    REQUIRE(expected.substr(0, 7) != "failed:");
    for (const int threads : {1, 2, 3}) {
        CAPTURE(threads);
        child_gets(expected, [&] { return everything(threads); });
    }
    const bool still = everything(2) == expected; // in the parent
    CHECK(still);
}

TEST_CASE("what was begun before a fork goes on in the child, and in the parent")
{
    const Recipe recipe("mlp");
    const auto rest = [](Begun& run, nib_sampler* sampler) {
        std::string bytes = run.train(20) + run.evaluate();
        for (int i = 0; i < 500; ++i) {
            const char* item = nullptr;
            nib::check(nib_sampler_next(sampler, &item, nullptr));
            bytes.append(item).push_back('\n');
        }
        return bytes;
    };
    std::string expected;
    for (const bool forks : {false, true}) {
        Begun run(2, recipe);
        run.train(10);
        const unique<nib_folded> folded = new_folded(run.model.get());
        auto options = sized<nib_sampler_options>();
        REQUIRE(nib_sampler_options_default(&options) == NIB_OK);
        options.stream = NIB_STREAM_COUNTER;
        nib_sampler* made = nullptr;
        REQUIRE(nib_sampler_create_folded(folded.get(), &options, &made) == NIB_OK);
        const unique<nib_sampler> sampler(made);
        const char* item = nullptr;
        REQUIRE(nib_sampler_next(made, &item, nullptr) == NIB_OK);
        if (forks) child_gets(expected, [&] { return rest(run, made); });
        const std::string parent = rest(run, made);
        if (!forks) expected = parent;
        const bool same = parent == expected;
        CHECK(same);
    }
}

TEST_CASE("a child of a child works too")
{
    const std::string expected = everything(2);
    child_gets(expected, [&] { return child_gets(expected, [] { return everything(2); }) ? expected : ""; });
}
