#include "train/checkpoint.hpp"

#include "base/crc32c.hpp"
#include "base/error.hpp"
#include "io/file.hpp"
#include "io/metadata.hpp"
#include "io/safetensors.hpp"
#include "nn/model_file.hpp"
#include "nn/model_metadata.hpp"
#include "train/divergence.hpp"
#include "train/train_metadata.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>
#include <utility>
#include <vector>

namespace nib {

namespace {

constexpr const char* version = "1";
constexpr const char* checksum_key = "crc32c";
constexpr const char* step_key = "trainer.step";
constexpr const char* running_name = "trainer.running";
constexpr const char* random_name = "trainer.random";
constexpr std::size_t random_size = Mt19937::state_size + 3;

void pack_random(const Generator& generator, std::span<std::int32_t, random_size> numbers)
{
    const Mt19937::State& state = generator.words.state();
    std::memcpy(numbers.data(), state.words, sizeof state.words);
    numbers[Mt19937::state_size] = static_cast<std::int32_t>(state.position);
    numbers[Mt19937::state_size + 1] = generator.has_kept_normal ? 1 : 0;
    numbers[Mt19937::state_size + 2] = std::bit_cast<std::int32_t>(generator.kept_normal);
}

Generator unpack_random(std::span<const std::int32_t, random_size> numbers)
{
    Mt19937::State state{};
    std::memcpy(state.words, numbers.data(), sizeof state.words);
    state.position = static_cast<std::uint32_t>(numbers[Mt19937::state_size]);
    Generator generator(0);
    generator.words = Mt19937::from_state(state);
    generator.has_kept_normal = numbers[Mt19937::state_size + 1] != 0;
    generator.kept_normal = std::bit_cast<float>(numbers[Mt19937::state_size + 2]);
    return generator;
}

void put_data(const Text& text, Metadata& metadata)
{
    const std::span<const std::uint16_t> ids = text.ids();
    metadata["data.items"] = std::to_string(text.items());
    metadata["data.train_examples"] = std::to_string(text.examples(NIB_SPLIT_TRAIN));
    metadata["data.val_examples"] = std::to_string(text.examples(NIB_SPLIT_VAL));
    metadata["data.crc32c"] = std::to_string(crc32c(ids.data(), ids.size_bytes()));
}

// Over the names and values of everything but the checksum itself, in an order that does not depend on the file's.
std::string checksum(std::span<const StoredTensor> tensors, const Metadata& metadata)
{
    std::vector<std::string> lines;
    for (const StoredTensor& tensor : tensors)
        lines.push_back(tensor.name + " " + std::to_string(crc32c(tensor.bytes.data(), tensor.bytes.size())));
    std::sort(lines.begin(), lines.end());
    for (const auto& [key, value] : metadata) {
        if (key != checksum_key) lines.push_back(key + " " + value);
    }
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return std::to_string(crc32c(all.data(), all.size()));
}

// AdamW's two arenas, dense: all first moments in the order of the tensors, then all second ones.
struct Moments {
    explicit Moments(const Model& model) : size(static_cast<std::size_t>(model.layout.parameters))
    {
        dense = Buffer<float>(2 * size, model.memory);
    }

    // Calls each(name, tensor, its dense numbers, which arena).
    template <class Each>
    void for_tensors(const Model& model, Each each)
    {
        for (const bool second : {false, true}) {
            float* next = dense.data() + (second ? size : 0);
            for (const Tensor& tensor : model.layout.tensors) {
                each((second ? "adamw.v." : "adamw.m.") + tensor.name, tensor, std::span(next, count_of(tensor)),
                     second);
                next += count_of(tensor);
            }
        }
    }

    std::size_t size;
    Buffer<float> dense;
};

Buffer<float>& arena(Optimizer& optimizer, bool second)
{
    return second ? optimizer.second_moment() : optimizer.first_moment();
}

void check_finite(const Run& run, const std::string& path)
{
    std::string where = not_finite(run.model);
    for (const bool second : {false, true}) {
        if (where.empty() && !all_finite(arena(run.optimizer, second).span())) where = "a moment of AdamW";
    }
    if (where.empty()) return;
    throw Error(NIB_ERR_DIVERGED, "%s holds a number that is not finite after step %lld: '%s' is not written",
                where.c_str(), static_cast<long long>(run.step), path.c_str());
}

// Checked in itself: a checkpoint of this version, and undamaged.
Safetensors read_checked(const std::string& path, Memory* memory)
{
    Safetensors file(read_file(path, SIZE_MAX, memory), path);
    if (!file.metadata().contains("checkpoint"))
        throw Error(NIB_ERR_FORMAT, "%s: not a checkpoint of a training run", path.c_str());
    const std::string& found = metadata_value(file, "checkpoint");
    if (found != version)
        throw Error(NIB_ERR_FORMAT, "%s: a checkpoint of version \"%.20s\", expected %s", path.c_str(), found.c_str(),
                    version);
    if (metadata_value(file, checksum_key) != checksum(file.tensors(), file.metadata()))
        throw Error(NIB_ERR_FORMAT, "%s: damaged: the checksum does not fit", path.c_str());
    return file;
}

// "train.steps is 1000 there and 2000 here".
std::string difference(const std::string& key, const std::string& there, const std::string& here)
{
    if (key == "vocabulary") return "the vocabulary is another";
    return key + " is " + there + " there and " + here + " here";
}

// Options and data of the run must be those that the file was made with.
void check_same_run(const Safetensors& file, const Run& run)
{
    Metadata wanted;
    put_options(run.model.options, wanted);
    put_vocabulary(run.model.vocabulary, wanted);
    put_options(run.options, wanted);
    put_data(run.text, wanted);
    std::string differences;
    for (const auto& [key, here] : wanted) {
        const std::string& there = metadata_value(file, key.c_str());
        if (there != here) differences += (differences.empty() ? "" : ", ") + difference(key, there, here);
    }
    if (!differences.empty())
        throw Error(NIB_ERR_MISMATCH, "%s is of another run: %s", file.name().c_str(), differences.c_str());
}

std::int64_t step_of(const Safetensors& file, std::int64_t steps)
{
    const auto step = metadata_number<std::int64_t>(file, step_key);
    if (step < 0 || step > steps) refuse_value(file, step_key, std::to_string(step));
    return step;
}

} // namespace

void save_checkpoint(const Run& run, const std::string& path)
{
    check_finite(run, path);
    StoredModel file(run.model);
    std::int32_t random[random_size];
    pack_random(run.model.generator, random);
    file.tensors.push_back(
        stored(running_name, {run.model.running.size()}, std::span<const float>(run.model.running.span())));
    file.tensors.push_back(stored(random_name, {random_size}, std::span<const std::int32_t>(random)));
    Moments moments(run.model);
    if (run.options.optimizer == NIB_ADAMW) {
        moments.for_tensors(run.model, [&](const std::string& name, const Tensor& tensor, auto dense, bool second) {
            read_tensor(tensor, arena(run.optimizer, second).data(), dense.data());
            file.tensors.push_back(stored(name, shape_of(tensor), std::span<const float>(dense)));
        });
    }
    put_options(run.options, file.metadata);
    put_data(run.text, file.metadata);
    file.metadata["checkpoint"] = version;
    file.metadata[step_key] = std::to_string(run.step);
    file.metadata[checksum_key] = checksum(file.tensors, file.metadata);
    save_safetensors(path, std::move(file.tensors), file.metadata);
}

void load_checkpoint(const std::string& path, const Run& run)
{
    const Safetensors file = read_checked(path, run.model.memory);
    check_same_run(file, run);
    const std::int64_t step = step_of(file, run.options.steps);
    Model model = read_model(file, run.model.memory);
    file.read(running_name, {model.running.size()}, model.running.span());
    std::int32_t random[random_size];
    file.read(random_name, {random_size}, std::span<std::int32_t>(random));
    const Generator generator = unpack_random(random);
    Moments moments(model);
    const bool has_moments = run.options.optimizer == NIB_ADAMW;
    if (has_moments) {
        moments.for_tensors(model, [&](const std::string& name, const Tensor& tensor, auto dense, bool) {
            file.read(name, shape_of(tensor), dense);
        });
    }

    // Nothing from here on can fail. Values are copied: others may point into the arenas.
    std::copy(model.parameters.begin(), model.parameters.end(), run.model.parameters.begin());
    std::copy(model.running.begin(), model.running.end(), run.model.running.begin());
    run.model.generator = generator;
    run.model.steps = model.steps;
    run.step = step;
    if (!has_moments) return;
    for (const bool second : {false, true}) {
        const float* next = moments.dense.data() + (second ? moments.size : 0);
        for (const Tensor& tensor : model.layout.tensors) {
            write_tensor(tensor, next, arena(run.optimizer, second).data());
            next += count_of(tensor);
        }
    }
}

CheckpointHead read_checkpoint_head(const std::string& path, Memory* memory)
{
    const Safetensors file = read_checked(path, memory);
    const nib_train_options train = get_train_options(file);
    return {get_options(file), train, step_of(file, train.steps)};
}

} // namespace nib
