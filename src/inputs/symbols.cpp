#include "inputs/symbols.hpp"

#include "net/design.hpp"

namespace nib {

namespace {

constexpr Field keys[] = {
    number_field<&SymbolsOptions::context>("context", {1, 256}, 8, "symbols that the network sees"),
};

LayerShape shape(const SpecOptions& options)
{
    return {ShapeKind::symbols, 1, options.as<SymbolsOptions>().context, 1};
}

std::vector<InputSpec> fitted(const InputSpec& input, const DataShape& data)
{
    return data.is_text ? std::vector{input} : std::vector<InputSpec>();
}

} // namespace

constinit const InputKind symbols_input = {
    .word = {.name = "symbols", .help = "the symbols before the one to come", .keys = keys},
    .shape = shape,
    .fitted = fitted,
};

} // namespace nib
