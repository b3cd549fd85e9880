#include "ranks.hpp"

#include "failure.hpp"
#include "interrupts.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

namespace nib::cli {
namespace {

// A rank tells the others how its part of Ranks::together ended: an empty sentence if it has done it.
struct Report {
    std::int32_t exit_code;
    char sentence[508];
};

} // namespace

// A call that every rank makes.
struct Ranks::Call {
    enum class What : std::int32_t { run, observe, evaluate, resume, end } what;
    nib_split split = NIB_SPLIT_TRAIN;
    std::int64_t first = 0, count = 0; // examples, or steps
};

Ranks::Ranks(RankEngine* engine) : engine_(engine)
{
    collective_.ranks = 1;
    if (engine != nullptr) collective_ = engine->collective();
}

std::string Ranks::why() const
{
    const std::string words = engine_->why_failed();
    return words.empty() ? "" : ": " + words;
}

// A call of the library, whose error says what the engine knows.
template <class Body>
auto Ranks::heard(Body body)
{
    try {
        return body();
    } catch (const nib::error& error) {
        if (error.status() != NIB_ERR_COMMUNICATION) throw;
        throw Failure(error, why());
    }
}

void Ranks::check(int error, const char* call) const
{
    if (error == 0) return;
    throw Failure(std::string(call) + " failed with the engine's error " + std::to_string(error) + why());
}

Trouble current_trouble()
{
    try {
        throw;
    } catch (const Failure& failure) {
        return {failure.what(), failure.exit_code()};
    } catch (const nib::error& error) {
        const Failure failure(error);
        return {failure.what(), failure.exit_code()};
    } catch (const CLI::ParseError& error) {
        return {error.what(), exit_usage};
    } catch (const std::exception& error) {
        return {error.what(), exit_failed};
    }
}

// A sentence that several ranks have is told once.
void Ranks::share(const std::string& trouble, int exit_code)
{
    are_awaited_ = true;
    Report own{exit_code, ""};
    trouble.copy(own.sentence, sizeof own.sentence - 1);
    std::vector<Report> all(static_cast<std::size_t>(count()));
    check(collective_.all_gather(collective_.user, &own, sizeof own, all.data()), "all_gather");
    std::set<std::string> told = {""};
    std::string sentences;
    int code = 0;
    for (int rank = 0; rank < count(); ++rank) {
        const Report& each = all[static_cast<std::size_t>(rank)];
        code = std::max(code, int{each.exit_code});
        if (!told.insert(each.sentence).second) continue;
        if (!sentences.empty()) sentences += "; ";
        if (rank > 0) sentences += "rank " + std::to_string(rank) + ": ";
        sentences += each.sentence;
    }
    if (code == 0) return;
    are_awaited_ = false;
    if (is_first()) throw Failure(sentences, code);
    throw Silent{code};
}

nib::trainer Ranks::trainer(const nib::context& context, nib::model& model, const nib::dataset& data,
                            const nib_train_options& options) const
{
    if (!are_several()) return {context, model, data, options};
    return {context, model, data, options, collective_};
}

void Ranks::tell(const Call& call)
{
    if (!are_several()) return;
    Call told = call;
    check(collective_.broadcast(collective_.user, &told, sizeof told), "broadcast");
}

std::int64_t Ranks::run(nib::trainer& trainer, std::int64_t count, bool observed, nib::span<float> losses)
{
    tell({.what = observed ? Call::What::observe : Call::What::run, .count = count});
    return heard([&] { return observed ? trainer.observe(count, losses) : trainer.run(count, losses); });
}

double Ranks::evaluate(nib::model& model, const nib::dataset& data, nib_split split, std::int64_t first,
                       std::int64_t count)
{
    if (!are_several()) return model.evaluate(data, split, first, count);
    tell({.what = Call::What::evaluate, .split = split, .first = first, .count = count});
    return heard([&] { return model.evaluate(data, split, first, count, collective_); });
}

double Ranks::evaluate(nib::model& model, const nib::dataset& data, nib_split split)
{
    return evaluate(model, data, split, 0, data.info().examples[split]);
}

void Ranks::resume(nib::trainer& trainer, const std::string& path)
{
    tell({.what = Call::What::resume});
    heard([&] { trainer.resume(path); });
}

void Ranks::end() noexcept
{
    if (!are_several() || !are_awaited_) return;
    Call last{.what = Call::What::end};
    if (collective_.broadcast(collective_.user, &last, sizeof last) == 0) are_awaited_ = false;
}

void Ranks::make(const Call& call, nib::trainer& trainer, nib::model& model, const nib::dataset& data,
                 const std::string& path)
{
    try {
        heard([&] {
            if (call.what == Call::What::run) trainer.run(call.count);
            if (call.what == Call::What::observe) trainer.observe(call.count);
            if (call.what == Call::What::evaluate)
                model.evaluate(data, call.split, call.first, call.count, collective_);
            if (call.what == Call::What::resume) trainer.resume(path);
        });
    } catch (const nib::error&) { // rank 0 has it too, and decides what follows
    }
}

void Ranks::follow(nib::trainer& trainer, nib::model& model, const nib::dataset& data, const std::string& path)
{
    const Interrupts kept; // rank 0 ends the run, when it has saved it
    for (Call call{}; call.what != Call::What::end;) {
        check(collective_.broadcast(collective_.user, &call, sizeof call), "broadcast");
        make(call, trainer, model, data, path);
    }
    are_awaited_ = false;
}

} // namespace nib::cli
