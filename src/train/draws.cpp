#include "train/draws.hpp"

#include "net/gather.hpp"
#include "net/model.hpp"

#include <algorithm>

namespace nib {

namespace {

// n / (classes n_c): each class then has the same weight in the whole split.
std::vector<float> balanced(const DataTable& table)
{
    const std::size_t classes = table.schema().classes.size();
    std::vector<double> counts(classes, 0);
    const std::uint32_t examples = table.examples(NIB_SPLIT_TRAIN);
    for (std::uint32_t i = 0; i < examples; ++i)
        counts[static_cast<std::size_t>(table.class_of(NIB_SPLIT_TRAIN, i))] += 1;
    std::vector<float> weights(classes, 0);
    for (std::size_t c = 0; c < classes; ++c)
        if (counts[c] > 0) weights[c] = static_cast<float>(examples / (static_cast<double>(classes) * counts[c]));
    return weights;
}

} // namespace

Draws::Draws(const Model& model, const Dataset& data, const nib_train_options& options, const Segments& segments,
             std::ptrdiff_t stride, Memory* memory)
    : model_(model),
      data_(data),
      segments_(segments),
      stride_(stride),
      numbers_(static_cast<std::size_t>(segments.batch), memory),
      contexts_(own_numbers().size() * static_cast<std::size_t>(model.context_length), memory),
      classes_(own_numbers().size(), memory)
{
    const DataTable* const table = data.table();
    if (table == nullptr) return;
    const std::size_t targets = table->schema().task == Task::numbers ? table->schema().targets.size() : 0;
    targets_ = Buffer<float>(targets * static_cast<std::size_t>(stride), memory);
    if (options.class_weights == NIB_CLASS_WEIGHTS_BALANCED && targets == 0) class_weights_ = balanced(*table);
    if (table->has_weights() || !class_weights_.empty())
        weights_ = Buffer<float>(static_cast<std::size_t>(stride), memory);
}

std::span<const std::uint32_t> Draws::own_numbers() const
{
    return std::span<const std::uint32_t>(numbers_.data(), numbers_.size())
        .subspan(static_cast<std::size_t>(segments_.own_examples().first),
                 static_cast<std::size_t>(segments_.own_batch()));
}

StepBatch Draws::draw(std::int64_t step, Generator& generator)
{
    if (data_.table() != nullptr) return draw_rows(*data_.table(), step);
    randint(generator, data_.examples(NIB_SPLIT_TRAIN), numbers_.span());
    data_.text()->gather(NIB_SPLIT_TRAIN, own_numbers(), static_cast<std::int32_t>(model_.context_length),
                         contexts_.data(), classes_.data());
    return {.contexts = contexts_.data(), .classes = classes_.data(), .weight = static_cast<float>(numbers_.size())};
}

void Draws::draw_numbers(const DataTable& table, std::int64_t step)
{
    const auto examples = static_cast<std::int64_t>(table.examples(NIB_SPLIT_TRAIN));
    const auto batch = static_cast<std::int64_t>(numbers_.size());
    // The product fits in 64 bits: steps are fewer than 2^40 and a minibatch has at most 2^20 examples.
    std::int64_t epoch = step * batch / examples, at = step * batch % examples;
    for (std::uint32_t& number : numbers_) {
        if (epoch != epoch_)
            permutation_ = Permutation(table.examples(NIB_SPLIT_TRAIN), model_.seed, static_cast<std::uint64_t>(epoch));
        epoch_ = epoch;
        number = permutation_(static_cast<std::uint32_t>(at));
        if (++at < examples) continue;
        at = 0;
        ++epoch;
    }
}

StepBatch Draws::draw_rows(const DataTable& table, std::int64_t step)
{
    draw_numbers(table, step);
    gather_targets(table, NIB_SPLIT_TRAIN, own_numbers(), stride_,
                   {.classes = classes_.data(), .targets = targets_.data(), .weights = nullptr});
    scale_targets(model_, segments_.own_batch(), stride_, targets_.data());
    const bool has_weights = weights_.size() > 0;
    return {.table = &table,
            .numbers = own_numbers().data(),
            .classes = classes_.data(),
            .targets = targets_.data(),
            .weights = has_weights ? weights_.data() : nullptr,
            .weight = has_weights ? weigh(table) : static_cast<float>(numbers_.size())};
}

// The sum of the weights of all ranks' examples, class weights included: in the examples' order in each segment.
float Draws::weigh(const DataTable& table)
{
    const Range own = segments_.own_examples();
    float sums[most_segments];
    for (std::ptrdiff_t segment = 0; segment < segments_.count; ++segment) {
        float& sum = sums[segment] = 0;
        for (std::ptrdiff_t i = segments_.begin(segment); i < segments_.begin(segment + 1); ++i) {
            const float weight = weight_of(table, numbers_[static_cast<std::size_t>(i)]);
            if (i >= own.first && i < own.last) weights_[static_cast<std::size_t>(i - own.first)] = weight;
            sum += weight;
        }
    }
    segments_.join_all(AddNumbers{sums});
    return sums[0];
}

float Draws::weight_of(const DataTable& table, std::uint32_t example) const
{
    const float weight = table.weight(NIB_SPLIT_TRAIN, example);
    if (class_weights_.empty()) return weight;
    return weight * class_weights_[static_cast<std::size_t>(table.class_of(NIB_SPLIT_TRAIN, example))];
}

} // namespace nib
