#include "train/presets.hpp"

#include "net/model_options.hpp"
#include "train/train_options.hpp"

#include <array>
#include <cstdint>

namespace nib {
namespace {

nib_model_options of_the_lecture(const char* network)
{
    nib_model_options options = initial_model_options();
    options.network = network;
    options.input = "symbols context=3";
    return options;
}

// The options of AdamW and of the cosine matter only if a user switches to these; the weight decay is PyTorch's.
nib_train_options lecture_training(std::int64_t decay_at)
{
    nib_train_options t = initial_train_options();
    t.steps = 200000;
    t.batch_size = 32;
    t.optimizer = NIB_SGD;
    t.schedule = NIB_SCHEDULE_STEP;
    t.learning_rate = 0.1;
    t.decay_at = decay_at;
    t.warmup_steps = 0;
    t.weight_decay = 0.01;
    return t;
}

// A residual around two linears, between an embedding and the last linear. Of 60 lists it has the lowest validation
// loss on data/names.txt after 20 s on two cores, 1.966 nats; three other seeds, and 8,200 steps, gave 1.959 to 1.963.
// Close results: 1.966 to 1.969 with a separate linear in front of the residual, 1.972 as a plain list of 384 and 256
// with dropout. 384 neurons take twice the time and reach 1.954.
nib_model_options of_names()
{
    nib_model_options options = initial_model_options();
    options.network =
        "embedding 24, flatten, residual(linear 256, batchnorm, gelu, dropout 0.2, linear 256, batchnorm | "
        "linear 256), gelu, dropout 0.2, linear gain=0.1";
    options.input = "symbols context=10";
    return options;
}

nib_train_options names_training()
{
    nib_train_options t = initial_train_options();
    t.steps = 7600;
    t.batch_size = 256;
    t.learning_rate = 4e-3;
    t.weight_decay = 0.2;
    return t;
}

// "mlp" has the initial values of the two tables: a multilayer perceptron that reaches 1.991 nats in 10 s on two cores.
// The others have the lecture's values.
//
// Each stage of the lecture's network with one hidden layer is the stage before with one fault corrected. The deep
// network divides by the unbiased variance; PyTorch's batch normalisation divides by the biased one.
std::array<Preset, 8> make_presets()
{
    const nib_train_options halfway = lecture_training(100000);
    return {{
        {"default", of_names(), names_training()},
        {"mlp", initial_model_options(), initial_train_options()},
        {"lecture-original",
         of_the_lecture("embedding 10, flatten, linear 200 init=scaled gain=1 bias-init=1, tanh, "
                        "linear init=scaled bias-init=1"),
         halfway},
        {"lecture-softmax",
         of_the_lecture("embedding 10, flatten, linear 200 init=scaled gain=1 bias-init=1, tanh, "
                        "linear init=scaled gain=0.01 bias-init=0"),
         halfway},
        {"lecture-tanh",
         of_the_lecture("embedding 10, flatten, linear 200 init=scaled gain=0.2 bias-init=0.01, tanh, "
                        "linear init=scaled gain=0.01 bias-init=0"),
         halfway},
        {"lecture-kaiming",
         of_the_lecture("embedding 10, flatten, linear 200 bias-init=0.01, tanh, "
                        "linear init=scaled gain=0.01 bias-init=0"),
         halfway},
        {"lecture-batchnorm",
         of_the_lecture("embedding 10, flatten, linear 200, "
                        "batchnorm eps=0 momentum=0.001 variance=unbiased running=std, tanh, "
                        "linear init=scaled gain=0.01 bias-init=0"),
         halfway},
        {"lecture-deep",
         of_the_lecture("embedding 10, flatten, 5 x (linear 100 gain=1, batchnorm variance=unbiased, tanh), "
                        "linear, batchnorm variance=unbiased gain=0.1"),
         lecture_training(150000)},
    }};
}

} // namespace

std::span<const Preset> presets()
{
    static const std::array<Preset, 8> table = make_presets();
    return table;
}

const Preset* find_preset(std::string_view name)
{
    for (const Preset& preset : presets())
        if (preset.name == name) return &preset;
    return nullptr;
}

} // namespace nib
