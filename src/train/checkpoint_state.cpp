#include "train/checkpoint_state.hpp"

#include "base/error.hpp"
#include "io/metadata.hpp"
#include "net/check_numbers.hpp"
#include "net/model_metadata.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace nib {

namespace {

constexpr std::size_t position_at = Mt19937::state_size, kept_flag_at = position_at + 1, kept_at = position_at + 2;
static_assert(kept_at + 1 == random_size);

constexpr const char *items_key = "data.items", *train_key = "data.train_examples", *val_key = "data.val_examples";

} // namespace

void pack_random(const Generator& generator, std::span<std::int32_t, random_size> numbers)
{
    const Mt19937::State& state = generator.words.state();
    std::memcpy(numbers.data(), state.words, sizeof state.words);
    numbers[position_at] = static_cast<std::int32_t>(state.position);
    numbers[kept_flag_at] = generator.has_kept_normal ? 1 : 0;
    numbers[kept_at] = std::bit_cast<std::int32_t>(generator.kept_normal);
}

Generator read_random(const Safetensors& file)
{
    std::int32_t numbers[random_size];
    file.read(random_name, {random_size}, std::span<std::int32_t>(numbers));
    const auto check = [&](std::size_t at, std::int32_t high) {
        if (numbers[at] >= 0 && numbers[at] <= high) return;
        throw Error(NIB_ERR_FORMAT, "%s: %s[%zu] is %d: expected 0 to %d", file.name().c_str(), random_name, at,
                    static_cast<int>(numbers[at]), static_cast<int>(high));
    };
    check(position_at, Mt19937::state_size);
    check(kept_flag_at, 1);
    Mt19937::State state{};
    std::memcpy(state.words, numbers, sizeof state.words);
    state.position = static_cast<std::uint32_t>(numbers[position_at]);
    Generator generator(0);
    generator.words = Mt19937::from_state(state);
    generator.has_kept_normal = numbers[kept_flag_at] != 0;
    generator.kept_normal = std::bit_cast<float>(numbers[kept_at]);
    if (std::isfinite(generator.kept_normal)) return generator;
    throw Error(NIB_ERR_FORMAT, "%s: %s[%zu] has the bits of a number that is not finite", file.name().c_str(),
                random_name, kept_at);
}

OptimizerNumbers::OptimizerNumbers(const Model& model, Optimizer& optimizer)
    : layout_(model.layout),
      arenas_(optimizer.arenas()),
      dense_(arenas_.size() * static_cast<std::size_t>(model.layout.parameters), model.memory)
{
}

// Calls each(tensor, its dense numbers, the arena's index).
template <class Each>
void OptimizerNumbers::for_tensors(Each each)
{
    float* next = dense_.data();
    for (const OptimizerArena& arena : arenas_) {
        for (const Tensor& tensor : layout_.tensors) {
            each(tensor, std::span(next, count_of(tensor)), arena);
            next += count_of(tensor);
        }
    }
}

void OptimizerNumbers::take()
{
    for_tensors([](const Tensor& tensor, std::span<float> dense, const OptimizerArena& arena) {
        read_tensor(tensor, arena.numbers->data(), dense.data());
    });
}

void OptimizerNumbers::read(const Safetensors& file)
{
    for_tensors([&](const Tensor& tensor, std::span<float> dense, const OptimizerArena& arena) {
        const std::string name = name_in_checkpoint(arena.name, tensor);
        file.read(name, shape_of(tensor), dense);
        check_numbers(NIB_ERR_FORMAT, file.name() + ": ", name, tensor, dense,
                      arena.not_negative ? NumberRange::not_negative : NumberRange::any);
    });
}

void OptimizerNumbers::put() noexcept
{
    for_tensors([](const Tensor& tensor, std::span<float> dense, const OptimizerArena& arena) {
        write_tensor(tensor, dense.data(), arena.numbers->data());
    });
}

void OptimizerNumbers::add_to(std::vector<StoredTensor>& tensors)
{
    for_tensors([&](const Tensor& tensor, std::span<const float> dense, const OptimizerArena& arena) {
        tensors.push_back(stored(name_in_checkpoint(arena.name, tensor), shape_of(tensor), dense));
    });
}

void put_data(const Dataset& data, Metadata& metadata)
{
    if (data.text() != nullptr) metadata[items_key] = std::to_string(data.text()->items());
    metadata[train_key] = std::to_string(data.examples(NIB_SPLIT_TRAIN));
    metadata[val_key] = std::to_string(data.examples(NIB_SPLIT_VAL));
    put_data_checksum(data.checksum(), metadata);
}

void check_data(const Safetensors& file)
{
    const bool is_of_text = file.metadata().contains(vocabulary_key);
    if (is_of_text) metadata_integer(file, items_key, Text::min_items, UINT32_MAX);
    metadata_integer(file, train_key, 1, UINT32_MAX);
    metadata_integer(file, val_key, is_of_text ? 1 : 0, UINT32_MAX);
    metadata_integer(file, data_checksum_key, 0, UINT32_MAX);
}

} // namespace nib
