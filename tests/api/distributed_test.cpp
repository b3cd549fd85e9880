// Trainers of several ranks, and evaluation shared out among them: refusals, failures, and what is left then.
#include "api/small.hpp"
#include "folder.hpp"
#include "thread_ranks.hpp"

#include <chrono>
#include <cmath>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

constexpr auto short_limit = std::chrono::milliseconds(200);

// A call's status and sentence. Tests of ranks compare these afterwards: Catch2's assertions are for one thread.
struct Answer {
    nib_status status = NIB_OK;
    std::string sentence;
    bool operator==(const Answer&) const = default;
};

template <class Call>
Answer answer_of(Call call)
{
    try {
        call();
    } catch (const nib::error& error) {
        return {error.status(), error.what()};
    }
    return {};
}

Recipe two_segments()
{
    Recipe recipe;
    recipe.train.batch_size = 32;
    recipe.train.segments = 2;
    return recipe;
}

// All that one rank has.
struct Rank {
    explicit Rank(const Recipe& recipe, const std::string& text = small_text, int threads = 1)
        : context(threads), data(nib::dataset::from_memory(context, text, "names")), model(context, recipe.model, data)
    {
    }

    nib::context context;
    nib::dataset data;
    nib::model model;
};

std::vector<float> numbers_of(const nib::model& model)
{
    std::vector<float> all;
    for (std::int32_t i = 0; i < model.info().tensors; ++i) {
        const std::vector<float> values = model.tensor(i);
        all.insert(all.end(), values.begin(), values.end());
    }
    return all;
}

// Makes a trainer on two ranks, of which rank 1 differs by what `change` does to its recipe and text.
template <class Change>
std::vector<Answer> made_with(Change change)
{
    ThreadRanks engine(2, short_limit);
    Recipe recipes[] = {two_segments(), two_segments()};
    std::string texts[] = {small_text, small_text};
    change(recipes[1], texts[1]);
    return on_ranks(engine, [&](const nib_collective& collective) {
        const Recipe& recipe = recipes[collective.rank];
        Rank rank(recipe, texts[collective.rank]);
        return answer_of([&] { nib::trainer(rank.context, rank.model, rank.data, recipe.train, collective); });
    });
}

} // namespace

TEST_CASE("more ranks than segments are refused, and told how many it takes")
{
    const auto refusal = [](int ranks, int segments) {
        ThreadRanks engine(ranks, short_limit);
        Recipe recipe;
        recipe.train.batch_size = 128;
        recipe.train.segments = segments;
        const std::vector<Answer> answers = on_ranks(engine, [&](const nib_collective& collective) {
            Rank rank(recipe);
            return answer_of([&] { nib::trainer(rank.context, rank.model, rank.data, recipe.train, collective); });
        });
        for (const Answer& each : answers) CHECK(each == answers[0]);
        CHECK((answers[0].status == NIB_OK || answers[0].status == NIB_ERR_INVALID_ARGUMENT));
        return answers[0].sentence;
    };
    CHECK(refusal(2, 1) == "segments is 1: expected 2 at least, a power of two, for 2 ranks");
    CHECK(refusal(3, 2) == "segments is 2: expected 4 at least, a power of two, for 3 ranks");
    CHECK(refusal(5, 4) == "segments is 4: expected 8 at least, a power of two, for 5 ranks");
    CHECK(refusal(4, 4) == "");
    CHECK(refusal(1, 1) == "");
}

TEST_CASE("one rank needs no engine, and trains as without")
{
    const Recipe recipe = two_segments();
    ThreadRanks engine(1);
    Rank alone(recipe), one(recipe);
    nib::trainer(alone.context, alone.model, alone.data, recipe.train).run(5);
    nib::trainer(one.context, one.model, one.data, recipe.train, engine.of(0)).run(5);
    CHECK(numbers_of(one.model) == numbers_of(alone.model));
    CHECK(one.model.evaluate(one.data, NIB_SPLIT_TRAIN, 0, 70, engine.of(0)) ==
          alone.model.evaluate(alone.data, NIB_SPLIT_TRAIN, 0, 70));
    CHECK(engine.calls(0) == 0);
}

TEST_CASE("ranks that differ are told in what")
{
    const auto told = [](auto change, const char* difference) {
        const std::vector<Answer> answers = made_with(change);
        std::string expected = "rank 1 has ";
        expected.append(difference).append(" than rank 0: expected the same on all 2 ranks");
        for (const Answer& each : answers) {
            CHECK(each.status == NIB_ERR_MISMATCH);
            CHECK(each.sentence == expected);
        }
    };
    told([](Recipe& r, std::string&) { r.train.learning_rate *= 2; }, "other training options");
    told([](Recipe& r, std::string&) { r.train.steps += 1; }, "other training options");
    told([](Recipe& r, std::string&) { r.model.seed += 1; }, "another network, input, loss or seed");
    told([](Recipe& r, std::string&) { r.set_network(small_network("lecture-deep", 13)); },
         "another network, input, loss or seed");
    told([](Recipe&, std::string& text) { text += "zoe\n"; }, "another vocabulary, or other columns or classes");
    told([](Recipe&, std::string& text) { text += "joe\n"; }, "another data set");
    for (const Answer& each : made_with([](Recipe&, std::string&) {})) CHECK(each == Answer());
}

TEST_CASE("ranks whose parameters differ are told so")
{
    ThreadRanks engine(2, short_limit);
    const Recipe recipe = two_segments();
    const std::vector<Answer> answers = on_ranks(engine, [&](const nib_collective& collective) {
        Rank rank(recipe);
        std::vector<float> values = rank.model.tensor(3);
        values[0] = std::nextafter(values[0], 10.0f);
        if (collective.rank == 1) rank.model.set_tensor(3, values);
        return answer_of([&] { nib::trainer(rank.context, rank.model, rank.data, recipe.train, collective); });
    });
    for (const Answer& each : answers) {
        CHECK(each.status == NIB_ERR_MISMATCH);
        CHECK(each.sentence == "rank 1 has other parameters or running statistics than rank 0: expected the same on "
                               "all 2 ranks");
    }
}

TEST_CASE("where one rank is refused, all are, and told of which")
{
    const std::vector<Answer> answers =
        made_with([](Recipe& recipe, std::string&) { recipe.train.learning_rate = -1; });
    CHECK(answers[0] ==
          Answer{NIB_ERR_INVALID_ARGUMENT, "rank 1 cannot take part (invalid argument): its own message says why"});
    CHECK(answers[1] == Answer{NIB_ERR_INVALID_ARGUMENT, "learning_rate is -1: expected a number above 0"});
}

TEST_CASE("an engine that fails as a trainer is made is named")
{
    ThreadRanks engine(2, short_limit);
    engine.fail(1, 0);
    const Recipe recipe = two_segments();
    const std::vector<Answer> answers = on_ranks(engine, [&](const nib_collective& collective) {
        Rank rank(recipe);
        return answer_of([&] { nib::trainer(rank.context, rank.model, rank.data, recipe.train, collective); });
    });
    CHECK(answers[0] == Answer{NIB_ERR_COMMUNICATION, "rank 0 of 2: all_gather failed with the engine's error 5"});
    CHECK(answers[1] == Answer{NIB_ERR_COMMUNICATION, "rank 1 of 2: all_gather failed with the engine's error 5"});
}

TEST_CASE("an evaluation has the same bits on one to eight ranks")
{
    std::string text;
    for (int i = 0; i < 60; ++i) text += small_text;
    const Recipe recipe = two_segments();
    Rank alone(recipe, text);
    for (const std::int64_t count : {std::int64_t{1}, std::int64_t{64}, std::int64_t{700}, std::int64_t{6000}}) {
        const double expected = alone.model.evaluate(alone.data, NIB_SPLIT_TRAIN, 3, count);
        for (int ranks = 1; ranks <= 8; ++ranks) {
            ThreadRanks engine(ranks);
            const std::vector<double> losses = on_ranks(engine, [&](const nib_collective& collective) {
                Rank rank(recipe, text, 1 + collective.rank % 2);
                return rank.model.evaluate(rank.data, NIB_SPLIT_TRAIN, 3, count, collective);
            });
            INFO(count << " examples, " << ranks << " ranks");
            for (const double each : losses) CHECK(each == expected);
        }
    }
}

TEST_CASE("ranks whose evaluations differ are told in what")
{
    // Rank 1 evaluates `count` training examples, of other text and with other parameters if told so.
    const auto evaluated = [](std::int64_t count, const char* more_text, float more) {
        ThreadRanks engine(2, short_limit);
        const Recipe recipe = two_segments();
        return on_ranks(engine, [&](const nib_collective& collective) {
            const bool differs = collective.rank == 1;
            Rank rank(recipe, differs ? std::string(small_text).append(more_text) : small_text);
            std::vector<float> values = rank.model.tensor(3);
            if (differs) values[0] += more;
            rank.model.set_tensor(3, values);
            return answer_of(
                [&] { rank.model.evaluate(rank.data, NIB_SPLIT_TRAIN, 0, differs ? count : 50, collective); });
        });
    };
    const auto told = [](const std::vector<Answer>& answers, const char* difference) {
        std::string expected = "rank 1 has ";
        expected.append(difference).append(" than rank 0: expected the same on all 2 ranks");
        for (const Answer& each : answers) CHECK(each == Answer{NIB_ERR_MISMATCH, expected});
    };
    told(evaluated(51, "", 0), "another split, or other examples of it,");
    told(evaluated(50, "joe\n", 0), "another data set");
    told(evaluated(50, "", 1), "other parameters or running statistics");
    CHECK(evaluated(50, "", 0) == std::vector<Answer>(2));

    const std::vector<Answer> refused = evaluated(0, "", 0);
    CHECK(refused[0].sentence == "rank 1 cannot take part (invalid argument): its own message says why");
    CHECK(refused[1].sentence.starts_with("count is 0: expected 1 to "));
}

TEST_CASE("an evaluation whose engine fails says so, and a wrong one is refused")
{
    ThreadRanks engine(2, short_limit);
    engine.fail(0, 0);
    const Recipe recipe = two_segments();
    const std::vector<Answer> answers = on_ranks(engine, [&](const nib_collective& collective) {
        Rank rank(recipe);
        return answer_of([&] { rank.model.evaluate(rank.data, NIB_SPLIT_TRAIN, 0, 50, collective); });
    });
    CHECK(answers[0] == Answer{NIB_ERR_COMMUNICATION, "rank 0 of 2: all_gather failed with the engine's error 5"});
    CHECK(answers[1] == Answer{NIB_ERR_COMMUNICATION, "rank 1 of 2: all_gather failed with the engine's error 5"});

    Rank rank(recipe);
    double loss = 0;
    nib_collective one = ThreadRanks(1).of(0);
    CHECK_REFUSED(
        rank.context.get(),
        nib_model_evaluate_distributed(rank.model.get(), rank.data.get(), NIB_SPLIT_VAL, 0, 1000, &one, &loss),
        "count is 1000");
    one.rank = 1;
    CHECK_REFUSED(rank.context.get(),
                  nib_model_evaluate_distributed(rank.model.get(), rank.data.get(), NIB_SPLIT_VAL, 0, 1, &one, &loss),
                  "collective->rank is 1: expected 0 to 0");
}
