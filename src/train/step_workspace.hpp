// What a training step keeps between its forward and its backward pass, for all threads.
#pragma once

#include "base/buffer.hpp"
#include "layers/mlp.hpp"

#include <vector>

namespace nib {

struct LayerBuffers {
    float* z;           // (outputs, stride): pre-activations, then normalised
    float* inverse_std; // outputs, as mean and spread: the minibatch's statistics
    float* mean;
    float* spread;
    float* dx_parts; // (groups, inputs, stride): the gradient of the input, by groups of neurons; shared, see
                     // StepWorkspace
    std::ptrdiff_t dx_part_stride;
};

// Activations are (feature, stride) with stride = the batch in whole blocks. Embedded inputs are kept twice, by parity
// of the step: a thread that is one step ahead writes one while another still reads the other. Everything else is
// written only after all threads have met in the same step, so one copy does.
//
// The gradient of a layer's input is read by the layer below alone, so two places serve all layers in turn: at batch
// 8192 one for each layer would take 32 MB more, which no cache has.
class StepWorkspace {
public:
    StepWorkspace(const Mlp& mlp, std::ptrdiff_t classes, std::ptrdiff_t batch, Memory* memory);

    std::ptrdiff_t batch, stride;

    // The input of layer index in a step, (features, stride); that of layers.size() is the logits.
    float* input(std::size_t layer, std::int64_t step) const noexcept
    {
        return layer == 0 ? embedded_[static_cast<std::size_t>(step & 1)] : inputs_[layer];
    }
    const LayerBuffers& layer(std::size_t index) const noexcept { return layers_[index]; }
    float* logit_gradient() const noexcept { return logit_gradient_; } // (vocabulary, stride)

private:
    float* take(std::ptrdiff_t floats) noexcept;
    std::ptrdiff_t lay_out(const Mlp& mlp, std::ptrdiff_t classes);

    Buffer<float> memory_;
    std::ptrdiff_t used_ = 0;
    float* embedded_[2] = {};
    std::vector<float*> inputs_;
    std::vector<LayerBuffers> layers_;
    float* logit_gradient_ = nullptr;
};

} // namespace nib
