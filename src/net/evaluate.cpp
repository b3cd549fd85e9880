#include "net/evaluate.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/visible.hpp"
#include "kernels/table.hpp"
#include "net/chunks.hpp"
#include "net/gather.hpp"
#include "net/loss.hpp"
#include "net/spread.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace nib {

namespace {

constexpr std::ptrdiff_t chunk = Inference::chunk;

// The memory that a thread needs for one chunk of examples.
class Scratch {
public:
    Scratch(const Inference& inference, const Model& model, const Dataset& data)
        : data_(data),
          context_length_(static_cast<std::int32_t>(model.context_length)),
          features_(data.table() == nullptr ? 0 : data.table()->features()),
          contexts_(static_cast<std::size_t>(chunk * model.context_length), model.memory),
          classes_(chunk, model.memory),
          numbers_(chunk, model.memory),
          x_(static_cast<std::size_t>(features_ * chunk), model.memory),
          targets_(static_cast<std::size_t>(data.table() == nullptr ? 0 : model.network.outputs() * chunk),
                   model.memory),
          weights_(data.table() != nullptr && data.table()->has_weights() ? chunk : 0, model.memory),
          workspace_(inference.workspace_size(), model.memory),
          lines_(2 * chunk, model.memory)
    {
    }

    void gather(nib_split split, const Chunk& c)
    {
        const auto first = static_cast<std::uint32_t>(c.first), count = static_cast<std::uint32_t>(c.size);
        if (const Text* const text = data_.text())
            return text->gather(split, first, count, context_length_, contexts_.data(), classes_.data());
        for (std::uint32_t i = 0; i < count; ++i) numbers_[i] = first + i;
        const std::span<const std::uint32_t> numbers(numbers_.data(), count);
        const DataTable& table = *data_.table();
        gather_rows(*kernels::table(), table, split, numbers, {0, features_}, chunk, x_.data());
        gather_targets(table, split, numbers, chunk, {classes_.data(), targets_.data(), weights_.data()});
    }

    float* workspace() noexcept { return workspace_.data(); }
    float* targets() noexcept { return targets_.data(); }
    InferenceInput input() const noexcept { return {contexts_.data(), x_.data()}; }

    // weight: the sum of the weights. batch: the argument of LossKind::compute.
    float weight(std::ptrdiff_t count) const noexcept
    {
        if (weights_.size() == 0) return static_cast<float>(count);
        float sum = 0;
        for (std::ptrdiff_t i = 0; i < count; ++i) sum += weights_[static_cast<std::size_t>(i)];
        return sum;
    }
    LossBatch batch(const Model& model, std::ptrdiff_t count, const float* z) noexcept
    {
        return {.kernels = *kernels::table(),
                .outputs = model.network.outputs(),
                .examples = count,
                .stride = chunk,
                .z = z,
                .classes = classes_.data(),
                .targets = targets_.data(),
                .weights = weights_.size() == 0 ? nullptr : weights_.data(),
                .weight = weight(count),
                .workspace = lines_.data(),
                .own = {0, 0},
                .gradient = nullptr};
    }

private:
    const Dataset& data_;
    std::int32_t context_length_;
    std::ptrdiff_t features_;
    Buffer<std::int32_t> contexts_, classes_;
    Buffer<std::uint32_t> numbers_;
    Buffer<float> x_, targets_, weights_, workspace_, lines_;
};

// for_chunks, each chunk's examples gathered.
template <class Each>
void for_chunks_of(const Model& model, const Dataset& data, nib_split split, const Inference& inference,
                   std::ptrdiff_t begin, std::ptrdiff_t end, int threads, Each each)
{
    for_chunks(
        begin, end, threads, [&] { return Scratch(inference, model, data); },
        [&](const Chunk& c, Scratch& scratch) {
            scratch.gather(split, c);
            each(c, scratch);
        });
}

// Means that are kept at a time, one for each row and chunk: planes have many rows.
constexpr std::ptrdiff_t most_moments = 1 << 23;

// The spread of each feature of a value. Several threads measure some chunks at a time; the results are joined in the
// order of the chunks.
std::vector<Spread> measure(const Model& model, int value, const Dataset& data, nib_split split, int threads)
{
    const Inference inference(model);
    const LayerShape& shape = model.network.shape_of(value);
    const std::ptrdiff_t rows = shape.rows(), positions = shape.positions();
    const std::ptrdiff_t chunks_at_once = std::clamp<std::ptrdiff_t>(most_moments / rows, 1, 256);
    const std::ptrdiff_t examples = data.examples(split), wave = std::min(examples, chunks_at_once * chunk);
    const auto width = static_cast<std::size_t>(rows);
    const auto at_once = static_cast<std::size_t>(chunks_of(wave));
    Buffer<float> means(at_once * width, model.memory), scatters(means.size(), model.memory);
    Buffer<std::ptrdiff_t> counts(at_once, model.memory);
    std::vector<Spread> spreads(static_cast<std::size_t>(shape.features()));
    for (std::ptrdiff_t begin = 0; begin < examples; begin += wave) {
        const std::ptrdiff_t end = std::min(examples, begin + wave);
        for_chunks_of(model, data, split, inference, begin, end, threads, [&](const Chunk& c, Scratch& scratch) {
            const auto at = static_cast<std::size_t>(c.index);
            const float* z = inference.value(value, scratch.input(), c.size, scratch.workspace());
            counts[at] = c.size;
            kernels::table()->moments({.rows = rows,
                                       .examples = c.size,
                                       .stride = chunk,
                                       .x = z,
                                       .mean = means.data() + at * width,
                                       .scatter = scatters.data() + at * width});
        });
        for (std::size_t c = 0; c < static_cast<std::size_t>(chunks_of(end - begin)); ++c) {
            for (std::size_t o = 0; o < width; ++o) {
                const std::size_t at = c * width + o;
                spreads[o / static_cast<std::size_t>(positions)].join(means[at], scatters[at], static_cast<double>(counts[c]));
            }
        }
    }
    return spreads;
}

struct ChunkLoss {
    double loss, weight; // sums over a chunk's examples
};

// The losses of a range's chunks, of which there are chunks_of(examples.size()).
void measure_chunks(const Model& model, const Dataset& data, nib_split split, Range examples, int threads,
                    ChunkLoss* losses)
{
    const Inference inference(model);
    const int learned = model.network.learned();
    const auto measure_chunk = [&](const Chunk& c, Scratch& scratch) {
        const float* z = inference.value(learned, scratch.input(), c.size, scratch.workspace());
        scale_targets(model, c.size, chunk, scratch.targets());
        const LossBatch batch = scratch.batch(model, c.size, z);
        const float mean = model.loss.kind->compute(model.loss.options, batch);
        const auto weight = static_cast<double>(batch.weight);
        losses[c.index] = {static_cast<double>(mean) * weight, weight};
    };
    for_chunks_of(model, data, split, inference, examples.first, examples.last, threads, measure_chunk);
}

// Adds the chunks in their order.
double mean_loss(std::span<const ChunkLoss> chunks)
{
    double total = 0, weight = 0;
    for (const ChunkLoss& each : chunks) total += each.loss, weight += each.weight;
    const double mean = total / weight;
    if (std::isfinite(mean)) return mean;
    throw Error(NIB_ERR_DIVERGED, "the loss is %g: a number of the model, or an output that it gives, is not finite",
                std::fabs(mean));
}

void check_vocabulary(const Vocabulary& model, const Vocabulary& data)
{
    if (data == model) return;
    throw Error(NIB_ERR_MISMATCH, "the data set has another vocabulary (%d symbols) than the model (%d)",
                static_cast<int>(data.size()), static_cast<int>(model.size()));
}

// Errors name what a person can change: a column, a class.
void check_schemas(const Schema& model, const Schema& data)
{
    if (model.features() != data.features())
        throw Error(NIB_ERR_MISMATCH, "the data set has rows of %td numbers, the model reads %td", data.features(),
                    model.features());
    if (model.task != data.task || model.classes.size() != data.classes.size() ||
        model.targets.size() != data.targets.size())
        throw Error(NIB_ERR_MISMATCH, "the data set has %zu classes and %zu numbers to learn, the model %zu and %zu",
                    data.classes.size(), data.task == Task::numbers ? data.targets.size() : 0, model.classes.size(),
                    model.task == Task::numbers ? model.targets.size() : 0);
    // Data from arrays have no names.
    const auto differ = [](const std::string& a, const std::string& b) { return !a.empty() && !b.empty() && a != b; };
    for (std::size_t i = 0; i < std::min(model.columns.size(), data.columns.size()); ++i) {
        if (differ(model.columns[i].name, data.columns[i].name))
            throw Error(NIB_ERR_MISMATCH, "column %zu is '%s' in the data set and '%s' in the model", i + 1,
                        visible(shortened(data.columns[i].name)).c_str(),
                        visible(shortened(model.columns[i].name)).c_str());
    }
    for (std::size_t i = 0; i < model.classes.size(); ++i) {
        if (differ(model.classes[i], data.classes[i]))
            throw Error(NIB_ERR_MISMATCH, "class %zu is '%s' in the data set and '%s' in the model", i,
                        visible(shortened(data.classes[i])).c_str(), visible(shortened(model.classes[i])).c_str());
    }
}

} // namespace

void check_format(const DataFormat& model, const Dataset& data)
{
    if (model.index() != data.format().index())
        throw Error(NIB_ERR_MISMATCH, "the data set is %s, the model one of %s", data.text() ? "text" : "a table",
                    data.text() ? "a table" : "text");
    if (data.text() != nullptr) return check_vocabulary(std::get<Vocabulary>(model), data.text()->vocabulary());
    check_schemas(std::get<Schema>(model), data.table()->schema());
}

void check_split(const Dataset& data, nib_split split)
{
    constexpr const char* words[] = {"training", "validation", "test"};
    if (data.examples(split) > 0) return;
    throw Error(NIB_ERR_DATA, "the data set has no %s split", words[split]);
}

double evaluate(const Model& model, const Dataset& data, nib_split split, int threads)
{
    check_format(model.format, data);
    check_split(data, split);
    return evaluate(model, data, split, {0, data.examples(split)}, threads);
}

double evaluate(const Model& model, const Dataset& data, nib_split split, Range examples, int threads,
                Collective* ranks)
{
    check_format(model.format, data);
    const std::ptrdiff_t chunks = chunks_of(examples.size());
    if (ranks == nullptr) {
        Buffer<ChunkLoss> all(static_cast<std::size_t>(chunks), model.memory);
        measure_chunks(model, data, split, examples, threads, all.data());
        return mean_loss(all.span());
    }
    try {
        const std::ptrdiff_t each = (chunks + ranks->ranks() - 1) / ranks->ranks();
        Buffer<ChunkLoss> own(static_cast<std::size_t>(each), model.memory);
        Buffer<ChunkLoss> all(own.size() * static_cast<std::size_t>(ranks->ranks()), model.memory);
        const auto begin_of = [&](int rank) {
            return std::min(examples.last, examples.first + each * chunk * std::ptrdiff_t{rank});
        };
        const Range own_examples = {begin_of(ranks->rank()), begin_of(ranks->rank() + 1)};
        measure_chunks(model, data, split, own_examples, threads, own.data());
        if (!ranks->all_gather(own.data(), own.size() * sizeof(ChunkLoss), all.data()))
            throw Error(NIB_ERR_COMMUNICATION, "%s", ranks->why().c_str());
        return mean_loss(all.span().first(static_cast<std::size_t>(chunks)));
    } catch (const Error&) { // the other ranks have one too
        throw;
    } catch (...) {
        ranks->abandon("a rank failed in an evaluation");
        throw;
    }
}

void calibrate(Model& model, const Dataset& data, nib_split split, int threads)
{
    check_format(model.format, data);
    check_split(data, split);
    const std::vector<Node>& nodes = model.network.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!model.layout.has_running(i)) continue;
        const Running& running = model.layout.running_of(i);
        const std::vector<Spread> spreads = measure(model, nodes[i].input, data, split, threads);
        float* means = model.running.data() + running.mean;
        float* variances = model.running.data() + running.spread;
        for (const Spread& each : spreads) {
            const double variance = each.scatter / (each.count - 1);
            *means++ = static_cast<float>(each.mean);
            *variances++ = static_cast<float>(running.is_std ? std::sqrt(variance) : variance);
        }
    }
}

} // namespace nib
