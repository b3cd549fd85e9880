// A network as it is written down: words with their options. net/text.hpp reads and prints it.
#pragma once

#include "base/field.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace nib {

// The values of a word's options: a struct of the word's own, which its fields describe.
struct alignas(8) SpecOptions {
    std::byte bytes[56] = {};

    template <class Options>
    const Options& as() const noexcept
    {
        static_assert(sizeof(Options) <= sizeof bytes && std::is_trivially_copyable_v<Options>);
        return *reinterpret_cast<const Options*>(bytes);
    }
};

// A field's value as a number, whatever its kind. A whole number is exact, since fields hold numbers below 2^53.
double value_of(const Field& field, const SpecOptions& options);
void set_value(const Field& field, SpecOptions& options, double value);

// A word of the text. SpecWords are constant objects, each in the file of the layer, input or loss that it names.
struct SpecWord {
    const char* name;                  // "linear"
    const char* help;                  // "y = x W^T + b", for people
    std::span<const Field> sizes = {}; // values without a name behind the word, in this order
    std::size_t required = 0;          // how many of the sizes must be given
    std::span<const Field> keys = {};  // KEY=VALUE, in the order in which they are printed
};

bool same_values(const SpecWord& word, const SpecOptions& a, const SpecOptions& b);

struct LayerKind; // net/layer_kind.hpp
struct InputKind;
struct LossKind;

// An item of the list. A word that holds other items, such as residual, keeps them in main and shortcut.
struct LayerSpec {
    const LayerKind* kind;
    SpecOptions options;
    std::vector<LayerSpec> main, shortcut;
};

// True if word, values and items are the same. Values are compared as numbers.
bool operator==(const LayerSpec& a, const LayerSpec& b);

// A single word with its values.
template <class Kind>
struct WordSpec {
    const Kind* kind;
    SpecOptions options;
};
template <class Kind>
bool operator==(const WordSpec<Kind>& a, const WordSpec<Kind>& b)
{
    return a.kind == b.kind && same_values(a.kind->word, a.options, b.options);
}

// The input describes the examples. It is not a layer, and is written beside the list: "symbols context=8".
using InputSpec = WordSpec<InputKind>;

// The loss is what training minimises. It is written beside the list too: "cross-entropy smoothing=0.1".
using LossSpec = WordSpec<LossKind>;

// A word with the initial values of its options.
template <class Kind>
WordSpec<Kind> initial_word(const Kind& kind)
{
    WordSpec<Kind> spec{&kind, {}};
    for (const std::span<const Field> fields : {kind.word.sizes, kind.word.keys})
        for (const Field& field : fields) set_value(field, spec.options, field.initial);
    return spec;
}

// The number of items, including those within them.
std::size_t count_of(std::span<const LayerSpec> specs) noexcept;

} // namespace nib
