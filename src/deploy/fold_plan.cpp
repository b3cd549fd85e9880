#include "deploy/fold_plan.hpp"

#include "base/error.hpp"
#include "infer/places.hpp"

#include <algorithm>
#include <string>

namespace nib {

using infer::Operation;
using infer::OperationKind;

namespace {

constexpr std::uint32_t bits_of(nib_weights weights)
{
    return weights == NIB_WEIGHTS_INT8 ? 8 : weights == NIB_WEIGHTS_BF16 ? 16 : 32;
}

// How many examples the test vector has: eight, or as many as there is room for.
std::uint32_t tests_of(const infer::Header& h)
{
    const std::uint64_t each = 4 * ((h.is_of_text() ? h.inputs : 0) + infer::test_outputs(h));
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(8, infer::max_test_bytes / each));
}

std::uint32_t words_of(std::size_t bytes, const char* what)
{
    if (bytes <= infer::max_words) return static_cast<std::uint32_t>(bytes);
    throw Error(NIB_ERR_UNSUPPORTED, "%s take %zu bytes: a folded file has room for %u", what, bytes, infer::max_words);
}

infer::Header make_header(const FoldShape& shape)
{
    infer::Header h{};
    std::copy(std::begin(infer::magic), std::end(infer::magic), h.magic);
    h.version = infer::version;
    const LayerShape& input = shape.network.input();
    h.inputs = static_cast<std::uint32_t>(input.kind == ShapeKind::symbols ? input.height : input.rows());
    h.shape = folded_shape(input);
    h.outputs = static_cast<std::uint32_t>(shape.network.outputs());
    h.answers = shape.answers;
    h.encoding = static_cast<std::uint32_t>(shape.encoding);
    h.weight_bits = bits_of(shape.weights);
    h.tests = tests_of(h);
    h.text_bytes = static_cast<std::uint32_t>(shape.text_bytes);
    h.name_bytes = words_of(shape.name_bytes, "the classes' names");
    h.schema_bytes = words_of(shape.schema_bytes, "what the columns are");
    return h;
}

std::uint64_t first_bytes(const FoldList& list, std::size_t operations, std::uint64_t vocabulary)
{
    std::uint64_t bytes = sizeof(Operation) * operations;
    for (std::size_t i = 0; i < operations; ++i)
        bytes += infer::section_bytes(list.operations()[i].operation, vocabulary);
    return bytes;
}

// Names the layer behind the embedding, for people. The operation that begins a residual carries the numbers of no
// node.
std::string second_layer(const FoldShape& shape, const FoldList& list)
{
    if (shape.answers != infer::Answers::symbols) return "rows of numbers";
    if (list.operations().size() < 2) return "none";
    const std::vector<std::size_t>& nodes = list.operations()[1].nodes;
    return nodes.empty() ? "a residual" : shape.network.nodes()[nodes.front()].name();
}

FoldList choose_first_layer(const FoldShape& shape, const infer::Header& h)
{
    FoldList list(shape.network, h.weight_bits), table = list;
    const bool is_possible = table.make_table(), wanted = shape.first_layer == NIB_FIRST_LAYER_TABLE;
    if (wanted && !is_possible) {
        throw Error(NIB_ERR_UNSUPPORTED,
                    "the first layer cannot be a table: expected a linear right behind embedding and flatten, found %s",
                    second_layer(shape, list).c_str());
    }
    const bool is_smaller = is_possible && first_bytes(table, 1, h.symbols()) < first_bytes(list, 2, h.symbols());
    return wanted || is_smaller ? table : list;
}

std::string name_of(const FoldShape& shape, const FoldedOperation& each)
{
    return each.nodes.empty() ? "residual" : shape.network.nodes()[each.nodes.front()].name();
}

void check_inputs(const FoldShape& shape, const FoldedOperation& each)
{
    const Operation& o = each.operation;
    std::uint64_t inputs = 0;
    if (o.kind == OperationKind::dense) inputs = o.inputs;
    if (o.kind == OperationKind::convolution) inputs = infer::taps_of(o) * (o.in.channels / o.groups);
    if (o.bits != 8 || inputs <= infer::max_inputs_8_bits) return;
    throw Error(NIB_ERR_UNSUPPORTED, "layer %s has %llu inputs: 8-bit weights are for at most %llu",
                name_of(shape, each).c_str(), static_cast<unsigned long long>(inputs),
                static_cast<unsigned long long>(infer::max_inputs_8_bits));
}

// Only planes, and their borders, can be larger than the format has room for.
void check_planes(const FoldShape& shape, const FoldPlan& plan)
{
    const infer::Header& h = plan.header();
    const std::uint32_t bad = infer::first_bad_operation(h, infer::operations_of(h));
    if (bad == h.operations) return;
    throw Error(NIB_ERR_UNSUPPORTED, "layer %s is too large: planes of a folded model have at most %u numbers",
                name_of(shape, plan.operations[bad]).c_str(), infer::max_numbers);
}

} // namespace

infer::Answers answers_of(bool is_text, const LossKind& loss)
{
    if (is_text) return infer::Answers::symbols;
    switch (loss.link) {
    case Link::softmax:
        return infer::Answers::classes;
    case Link::sigmoid:
        return infer::Answers::two_classes;
    default:
        return infer::Answers::numbers;
    }
}

Link link_of(infer::Answers answers)
{
    switch (answers) {
    case infer::Answers::two_classes:
        return Link::sigmoid;
    case infer::Answers::numbers:
        return Link::identity;
    default:
        return Link::softmax;
    }
}

FoldPlan plan_fold(const FoldShape& shape, Memory* memory)
{
    infer::Header header = make_header(shape);
    FoldPlan plan = {{}, choose_first_layer(shape, header).operations()};
    if (plan.operations.empty())
        throw Error(NIB_ERR_UNSUPPORTED, "the network computes nothing: there is nothing to fold");
    for (const FoldedOperation& each : plan.operations) check_inputs(shape, each);
    header.operations = static_cast<std::uint32_t>(plan.operations.size());
    plan.head = Buffer<char>(sizeof header + plan.operations.size() * sizeof(Operation), memory);
    auto* const begin = reinterpret_cast<infer::Header*>(plan.head.data());
    *begin = header;
    auto* to = reinterpret_cast<Operation*>(begin + 1);
    infer::Places places(header);
    for (FoldedOperation& each : plan.operations) {
        places.next(each.operation);
        *to++ = each.operation;
    }
    check_planes(shape, plan);
    begin->file_bytes = infer::end_of(*begin);
    return plan;
}

} // namespace nib
