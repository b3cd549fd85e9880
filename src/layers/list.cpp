#include "layers/list.hpp"

#include "inputs/symbols.hpp"
#include "layers/activation.hpp"

#include <vector>

namespace nib {

const SpecWords& spec_words()
{
    static const std::vector<const LayerKind*> layers = [] {
        std::vector<const LayerKind*> all = {&embedding_layer, &flatten_layer, &linear_layer,  &batchnorm_layer,
                                             &layernorm_layer, &rmsnorm_layer, &dropout_layer, &residual_layer};
        for (const LayerKind& each : activation_layers()) all.push_back(&each);
        return all;
    }();
    static const InputKind* const inputs[] = {&symbols_input};
    static const SpecWords words = {layers, inputs};
    return words;
}

} // namespace nib
