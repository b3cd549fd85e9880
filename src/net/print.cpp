// Prints items as text: see net/text.hpp.
#include "base/error.hpp"
#include "base/extents.hpp"
#include "io/metadata.hpp"
#include "net/initial.hpp"
#include "net/text.hpp"

namespace nib {

namespace {

std::string shown(const Field& field, const SpecOptions& options)
{
    const double value = value_of(field, options);
    if (field.kind == FieldKind::extents) return text_of(unpacked_extents(static_cast<std::int64_t>(value)));
    return field.words.empty() ? shortest(value) : field.words[static_cast<std::size_t>(value)];
}

// Prints the sizes up to the last one that differs from its initial value, and the keys that differ from theirs.
template <class InitialOf>
std::string print_options(const SpecWord& word, const SpecOptions& options, InitialOf initial_value)
{
    std::string text = word.name;
    std::size_t sizes = word.required;
    const auto differs = [&](const Field& field) { return value_of(field, options) != initial_value(field); };
    for (std::size_t i = sizes; i < word.sizes.size(); ++i)
        if (differs(word.sizes[i])) sizes = i + 1;
    for (const Field& field : word.sizes.first(sizes)) text.append(" ").append(shown(field, options));
    for (const Field& field : word.keys) {
        if (differs(field)) text.append(" ").append(field.name).append("=").append(shown(field, options));
    }
    return text;
}

template <class Kind>
std::string print_word(const WordSpec<Kind>& spec)
{
    return print_options(spec.kind->word, spec.options, [](const Field& field) { return field.initial; });
}

std::string print_items(std::span<const LayerSpec> items)
{
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const LayerSpec& item = items[i];
        if (i > 0) text += ", ";
        text += print_layer(item, items.subspan(i + 1));
        if (!item.kind->is_residual) continue;
        text.append("(").append(print_items(item.main));
        if (!item.shortcut.empty()) text.append(" | ").append(print_items(item.shortcut));
        text += ')';
    }
    return text;
}

} // namespace

std::string print_layer(const LayerSpec& item, std::span<const LayerSpec> next)
{
    return print_options(item.kind->word, item.options,
                         [&](const Field& field) { return initial_of(*item.kind, field, next); });
}

std::string print_network(std::span<const LayerSpec> items)
{
    std::string text = print_items(items);
    if (text.size() <= most_text) return text;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "network: printed, it has %zu bytes: expected %zu at most", text.size(),
                most_text);
}

std::string print_input(const InputSpec& input) { return print_word(input); }
std::string print_loss(const LossSpec& loss) { return print_word(loss); }

} // namespace nib
