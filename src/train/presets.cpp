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

nib_train_options adamw_training(std::int64_t steps, std::int32_t batch, double learning_rate, double weight_decay)
{
    nib_train_options t = initial_train_options();
    t.steps = steps;
    t.batch_size = batch;
    t.learning_rate = learning_rate;
    t.weight_decay = weight_decay;
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

// A classifier of pictures of 28 x 28, with 421,866 parameters. Trained on all 60,000 pictures of Fashion-MNIST it
// predicts 0.929 and 0.930 of the 10,000 test pictures correctly (two seeds). The first batch normalisation scales the
// pictures, whose numbers may go to 1 or to 255.
nib_model_options of_fashion()
{
    nib_model_options options = initial_model_options();
    options.network =
        "conv2d 32 3x3 padding=1, batchnorm, relu, maxpool 2, conv2d 64 3x3 padding=1, batchnorm, relu, maxpool 2, "
        "dropout 0.3, flatten, linear 128, batchnorm, relu, dropout 0.5, linear gain=0.1";
    options.input = "floats 1x28x28";
    return options;
}

// The smallest DS-CNN of "Hello Edge" (Zhang et al. 2017, arXiv:1711.07128), for 49 frames of 10 coefficients and 12
// words: a convolution, then four pairs of a depthwise and a pointwise one. 23,180 parameters. The padding of 5 and 1
// gives the 25 x 5 of the paper.
nib_model_options of_keywords()
{
    nib_model_options options = initial_model_options();
    options.network = "conv2d 64 10x4 stride=2 padding=5x1, batchnorm, relu, "
                      "4 x (conv2d 64 3x3 padding=1 groups=64, batchnorm, relu, conv2d 64 1x1, batchnorm, relu), "
                      "global-average, linear";
    options.input = "floats 1x49x10";
    return options;
}

// The network of 20 layers for CIFAR-10 of He et al. 2015 (arXiv:1512.03385), with a convolution of 1 x 1 and batch
// normalisation in the shortcuts that change the shape: 272,474 parameters with 10 classes.
nib_model_options of_resnet20()
{
    nib_model_options options = initial_model_options();
    options.network =
        "conv2d 16 3x3 padding=1, batchnorm, relu, "
        "3 x (residual(conv2d 16 3x3 padding=1, batchnorm, relu, conv2d 16 3x3 padding=1, batchnorm), relu), "
        "residual(conv2d 32 3x3 stride=2 padding=1, batchnorm, relu, conv2d 32 3x3 padding=1, batchnorm | "
        "conv2d 32 1x1 stride=2, batchnorm), relu, "
        "2 x (residual(conv2d 32 3x3 padding=1, batchnorm, relu, conv2d 32 3x3 padding=1, batchnorm), relu), "
        "residual(conv2d 64 3x3 stride=2 padding=1, batchnorm, relu, conv2d 64 3x3 padding=1, batchnorm | "
        "conv2d 64 1x1 stride=2, batchnorm), relu, "
        "2 x (residual(conv2d 64 3x3 padding=1, batchnorm, relu, conv2d 64 3x3 padding=1, batchnorm), relu), "
        "global-average, linear";
    options.input = "floats 3x32x32";
    return options;
}

// The network of 50 layers of the same paper, as torchvision lays it out: a stage's stride is that of its 3 x 3
// convolution. 25,557,032 parameters with 1000 classes.
nib_model_options of_resnet50()
{
    nib_model_options options = initial_model_options();
    options.network =
        "conv2d 64 7x7 stride=2 padding=3, batchnorm, relu, maxpool 3 stride=2 padding=1, "
        "residual(conv2d 64 1x1, batchnorm, relu, conv2d 64 3x3 padding=1, batchnorm, relu, conv2d 256 1x1, batchnorm "
        "| "
        "conv2d 256 1x1, batchnorm), relu, "
        "2 x (residual(conv2d 64 1x1, batchnorm, relu, conv2d 64 3x3 padding=1, batchnorm, relu, conv2d 256 1x1, "
        "batchnorm), relu), "
        "residual(conv2d 128 1x1, batchnorm, relu, conv2d 128 3x3 stride=2 padding=1, batchnorm, relu, "
        "conv2d 512 1x1, batchnorm | conv2d 512 1x1 stride=2, batchnorm), relu, "
        "3 x (residual(conv2d 128 1x1, batchnorm, relu, conv2d 128 3x3 padding=1, batchnorm, relu, conv2d 512 1x1, "
        "batchnorm), relu), "
        "residual(conv2d 256 1x1, batchnorm, relu, conv2d 256 3x3 stride=2 padding=1, batchnorm, relu, "
        "conv2d 1024 1x1, batchnorm | conv2d 1024 1x1 stride=2, batchnorm), relu, "
        "5 x (residual(conv2d 256 1x1, batchnorm, relu, conv2d 256 3x3 padding=1, batchnorm, relu, conv2d 1024 1x1, "
        "batchnorm), relu), "
        "residual(conv2d 512 1x1, batchnorm, relu, conv2d 512 3x3 stride=2 padding=1, batchnorm, relu, "
        "conv2d 2048 1x1, batchnorm | conv2d 2048 1x1 stride=2, batchnorm), relu, "
        "2 x (residual(conv2d 512 1x1, batchnorm, relu, conv2d 512 3x3 padding=1, batchnorm, relu, conv2d 2048 1x1, "
        "batchnorm), relu), "
        "global-average, linear";
    options.input = "floats 3x224x224";
    return options;
}

// SGD with momentum as in the paper, which lowers the rate in steps, and adds a weight decay that SGD here does not
// have.
nib_train_options resnet_training(std::int64_t steps, std::int32_t batch)
{
    nib_train_options t = initial_train_options();
    t.steps = steps;
    t.batch_size = batch;
    t.optimizer = NIB_SGD;
    t.learning_rate = 0.1;
    t.momentum = 0.9;
    return t;
}

// "mlp" has the initial values of the two tables: a multilayer perceptron that reaches 1.991 nats in 10 s on two cores.
// The lecture's presets have the lecture's values.
//
// Each stage of the lecture's network with one hidden layer is the stage before with one fault corrected. The deep
// network divides by the unbiased variance; PyTorch's batch normalisation divides by the biased one.
std::array<Preset, 12> make_presets()
{
    const nib_train_options halfway = lecture_training(100000);
    return {{
        {"default", of_names(), adamw_training(7600, 256, 4e-3, 0.2)},
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
        {"fashion", of_fashion(), adamw_training(5000, 128, 3e-3, 0.05)},
        // The learning rate and the minibatches of the paper, which lowers the rate in steps.
        {"dscnn", of_keywords(), adamw_training(30000, 100, 5e-4, 0.01)},
        {"resnet20", of_resnet20(), resnet_training(64000, 128)},
        {"resnet50", of_resnet50(), resnet_training(450000, 256)},
    }};
}

} // namespace

std::span<const Preset> presets()
{
    static const std::array<Preset, 12> table = make_presets();
    return table;
}

const Preset* find_preset(std::string_view name)
{
    for (const Preset& preset : presets())
        if (preset.name == name) return &preset;
    return nullptr;
}

} // namespace nib
