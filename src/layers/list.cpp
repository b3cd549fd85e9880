#include "layers/list.hpp"

#include "inputs/floats.hpp"
#include "inputs/symbols.hpp"
#include "layers/activation.hpp"
#include "losses/list.hpp"

#include <vector>

namespace nib {

const SpecWords& spec_words()
{
    static const std::vector<const LayerKind*> layers = [] {
        std::vector<const LayerKind*> all = {&embedding_layer,   &flatten_layer, &linear_layer,  &batchnorm_layer,
                                             &layernorm_layer,   &rmsnorm_layer, &dropout_layer, &residual_layer,
                                             &standardize_layer, &unscale_layer, &conv1d_layer,  &conv2d_layer,
                                             &maxpool_layer,     &avgpool_layer, &global_average_layer};
        for (const LayerKind& each : activation_layers()) all.push_back(&each);
        return all;
    }();
    static const InputKind* const inputs[] = {&symbols_input, &floats_input};
    static const LossKind* const losses[] = {&cross_entropy_loss, &logistic_loss, &squared_loss, &huber_loss};
    static const SpecWords words = {layers, inputs, losses};
    return words;
}

} // namespace nib
