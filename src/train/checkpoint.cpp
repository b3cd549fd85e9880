#include "train/checkpoint.hpp"

#include "base/error.hpp"
#include "base/finite.hpp"
#include "io/metadata.hpp"
#include "io/safetensors.hpp"
#include "io/visible.hpp"
#include "layers/list.hpp"
#include "net/file_checksum.hpp"
#include "net/file_tensors.hpp"
#include "net/model_file.hpp"
#include "net/model_metadata.hpp"
#include "train/checkpoint_state.hpp"
#include "train/divergence.hpp"
#include "train/train_metadata.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace nib {

namespace {

constexpr const char* version = "1";
constexpr const char* version_key = "checkpoint";
constexpr const char* step_key = "trainer.step";

void check_finite(const TrainingRun& run, const std::string& path)
{
    std::string where = not_finite(run.model);
    for (const OptimizerArena& arena : run.optimizer.arenas()) {
        if (where.empty() && !all_finite(arena.numbers->span())) where = arena.what;
    }
    if (where.empty()) return;
    throw Error(NIB_ERR_DIVERGED, "%s holds a number that is not finite after step %lld: '%s' is not written",
                where.c_str(), static_cast<long long>(run.step), path.c_str());
}

// A checkpoint file and its contents, checked by itself: the version matches, nothing is damaged, and every value is in
// range.
struct StoredRun {
    StoredRun(const std::string& path, Memory* memory)
        : file(Safetensors::load(path, memory)),
          model((check_version(), check_model_file(file, spec_words(), Writer::nib))),
          train(get_train_options(file, model.design.layout)),
          step(metadata_integer(file, step_key, 0, train.steps))
    {
        check_data(file);
    }

    Safetensors file;
    ModelHead model;
    nib_train_options train;
    std::int64_t step;

private:
    void check_version() const
    {
        if (!file.metadata().contains(version_key))
            throw Error(NIB_ERR_FORMAT, "%s: not a checkpoint of a training run", file.name().c_str());
        const std::string& found = metadata_value(file, version_key);
        if (found != version)
            throw Error(NIB_ERR_FORMAT, "%s: a checkpoint of version \"%s\", expected %s", file.name().c_str(),
                        shortened(found).c_str(), version);
        if (!has_format(file)) metadata_value(file, vocabulary_key); // otherwise it would be taken for a state_dict
    }
};

using Items = std::vector<std::string_view>;

Items items_of(std::string_view list)
{
    Items items;
    for (std::size_t at = 0; at <= list.size(); at += items.back().size() + 2)
        items.push_back(list.substr(at, std::min(list.find(", ", at), list.size()) - at));
    return items;
}

// Items first to the end without the last left_out, and dots for those left out. A message has room for two excerpts.
std::string excerpt(const Items& items, std::size_t first, std::size_t left_out)
{
    std::string text = first > 0 ? "..." : "";
    for (std::size_t i = first; i < items.size() - left_out; ++i)
        text.append(text.empty() ? "" : ", ").append(items[i]);
    if (left_out > 0) text.append(text.empty() ? "..." : ", ...");
    return shortened(text, 180);
}

// Leaves out the layers that two networks have in common at the beginning and the end.
std::string difference_of_networks(const std::string& there, const std::string& here)
{
    const Items a = items_of(there), b = items_of(here);
    auto first = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
    const auto behind = static_cast<std::ptrdiff_t>(first);
    const auto last = std::mismatch(a.rbegin(), a.rend() - behind, b.rbegin(), b.rend() - behind).first - a.rbegin();
    const auto left_out = static_cast<std::size_t>(last);
    if (first > 0 && first + left_out == std::min(a.size(), b.size())) first -= 1; // one of them has none left between
    return "network is " + excerpt(a, first, left_out) + " there and " + excerpt(b, first, left_out) + " here";
}

// "train.steps is 1000 there and 2000 here", for example.
std::string difference(const std::string& key, const std::string& there, const std::string& here)
{
    if (key == vocabulary_key) return "the vocabulary is another";
    if (key == schema_key) return "the columns or classes are others";
    if (key == "network") return difference_of_networks(there, here);
    return key + " is " + there + " there and " + here + " here";
}

// Checks that the run has the options and data with which the file was written.
void check_same_run(const StoredRun& stored, const TrainingRun& run)
{
    const Safetensors& file = stored.file;
    Metadata wanted;
    put_options(run.model.options(), wanted);
    put_format(run.model.format, wanted);
    put_options(run.options, wanted);
    put_data(run.data, wanted);
    // A run of more steps begins in the same way if the schedule does not depend on the number of steps.
    const bool goes_on = run.options.schedule != NIB_SCHEDULE_COSINE && stored.train.steps < run.options.steps;
    std::string differences;
    for (const auto& [key, here] : wanted) {
        if (goes_on && key == "train.steps") continue;
        const std::string& there = metadata_value(file, key);
        if (there != here) differences += (differences.empty() ? "" : ", ") + difference(key, there, here);
    }
    if (!differences.empty())
        throw Error(NIB_ERR_MISMATCH, "%s is of another run: %s", file.name().c_str(), differences.c_str());
}

// Reads the running statistics exactly as they were: the model's own are stored as squares, which may underflow to 0.
void read_exact_running(const Safetensors& file, const Model& model, std::span<float> statistics)
{
    file.read(running_name, {statistics.size()}, statistics);
    const std::string where = file.name() + ": ";
    check_numbers(NIB_ERR_FORMAT, where, running_name, statistics);
    for (const Running& running : model.layout.running) {
        const auto from = static_cast<std::size_t>(running.spread), size = static_cast<std::size_t>(running.size);
        check_numbers(NIB_ERR_FORMAT, where, std::string(running_name) + ": " + running.variance_name(),
                      statistics.subspan(from, size), range_of_spread(running));
    }
}

} // namespace

void save_checkpoint(const TrainingRun& run, const std::string& path)
{
    check_finite(run, path);
    StoredModel file(run.model);
    std::int32_t random[random_size];
    pack_random(run.model.generator, random);
    file.tensors.push_back(
        stored(running_name, {run.model.running.size()}, std::span<const float>(run.model.running.span())));
    file.tensors.push_back(stored(random_name, {random_size}, std::span<const std::int32_t>(random)));
    OptimizerNumbers of_optimizer(run.model, run.optimizer);
    of_optimizer.take();
    of_optimizer.add_to(file.tensors);
    put_options(run.options, file.metadata);
    put_data(run.data, file.metadata);
    file.metadata[version_key] = std::string(version);
    file.metadata[step_key] = std::to_string(run.step);
    save_with_checksum(path, std::move(file.tensors), std::move(file.metadata));
}

void load_checkpoint(const std::string& path, const TrainingRun& run)
{
    const StoredRun stored(path, run.model.memory);
    check_same_run(stored, run);
    Buffer<float> parameters(run.model.parameters.size(), run.model.memory);
    Buffer<float> running(run.model.running.size(), run.model.memory);
    read_parameters(stored.model.tensors, run.model, parameters.data());
    read_exact_running(stored.file, run.model, running.span());
    const Generator generator = read_random(stored.file);
    OptimizerNumbers of_optimizer(run.model, run.optimizer);
    of_optimizer.read(stored.file);

    // Nothing from here on can fail. Values are copied, since other objects may point into the arenas.
    std::copy(parameters.begin(), parameters.end(), run.model.parameters.begin());
    std::copy(running.begin(), running.end(), run.model.running.begin());
    ++run.model.revision;
    run.model.generator = generator;
    run.model.steps = stored.model.steps;
    run.model.converted.clear();
    run.step = stored.step;
    of_optimizer.put();
}

CheckpointHead read_checkpoint_head(const std::string& path, Memory* memory)
{
    const StoredRun stored(path, memory);
    return {stored.model.design, stored.train, stored.step};
}

} // namespace nib
