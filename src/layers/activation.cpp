#include "layers/activation.hpp"

#include "activations/description.hpp"
#include "layers/block.hpp"
#include "layers/shapes.hpp"
#include "net/fold_list.hpp"

#include <array>

namespace nib {

namespace {

// gelu has two entries in the list of activations; the second is written as gelu form=tanh.
enum GeluForm : int { erf_form, tanh_form };
constexpr const char* gelu_forms[] = {"erf", "tanh"};

struct GeluOptions {
    GeluForm form;
};

constexpr Field gelu_keys[] = {
    word_field<&GeluOptions::form>("form", gelu_forms, erf_form, "exact, or by tanh"),
};

// All entries but gelu's second form, which has no word of its own.
constexpr std::size_t words = activations::descriptions.size() - 1;

void fold(const Node& node, FoldList& list)
{
    const nib_activation activation = activation_of(node.spec);
    if (activation != NIB_IDENTITY)
        list.add(infer::OperationKind::activate, node, static_cast<std::uint32_t>(activation));
}

PytorchModule pytorch(const Node& node, std::ptrdiff_t)
{
    return {activations::description_of(activation_of(node.spec)).pytorch};
}

constexpr std::array<LayerKind, words> make_layers()
{
    std::array<LayerKind, words> all{};
    std::size_t next = 0;
    for (std::size_t i = 0; i < activations::descriptions.size(); ++i) {
        if (i == NIB_GELU_TANH) continue;
        LayerKind& kind = all[next++];
        kind.word.name = activations::descriptions[i].word;
        kind.word.help = "an activation";
        if (i == NIB_GELU) kind.word.keys = gelu_keys;
        kind.expects = "numbers";
        kind.shape = same_numbers;
        kind.evaluate = evaluate_block;
        kind.plan = plan_block;
        kind.plan_few = plan_block_few;
        kind.fold = fold;
        kind.pytorch = pytorch;
        kind.keeps_shape = true;
        kind.gain = activations::descriptions[i].gain;
    }
    return all;
}

constinit const std::array<LayerKind, words> layers = make_layers();

} // namespace

std::span<const LayerKind> activation_layers() { return layers; }

bool is_activation(const LayerKind& kind) { return kind.gain > 0; }

nib_activation activation_of(const LayerSpec& spec)
{
    const auto index = static_cast<int>(spec.kind - layers.data());
    if (index == NIB_GELU && spec.options.as<GeluOptions>().form == tanh_form) return NIB_GELU_TANH;
    return static_cast<nib_activation>(index < NIB_GELU_TANH ? index : index + 1);
}

} // namespace nib
