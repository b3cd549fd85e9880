// Gradients of the whole network, of every kind of layer, against central differences in double precision.
#include "activations.hpp"
#include "catch.hpp"
#include "kernels/oracle.hpp"
#include "lists.hpp"
#include "one_step.hpp"
#include "planes.hpp"
#include "reference.hpp"
#include "tables.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

struct Case {
    ModelSpec spec;
    std::int32_t vocabulary, batch;
};

// Changes every number of the model, so that no gain is 1 and no bias 0.
void disturb(Model& model, Numbers& numbers)
{
    for (const Tensor& tensor : model.layout.tensors) {
        std::vector<float> values = tensor_values(tensor, model.parameters.data());
        for (float& each : values) each += numbers(0.3f);
        write_tensor(tensor, values.data(), model.parameters.data());
    }
}

// Gradients in float differ from those in double by the rounding of sums of up to 200 terms in each of up to four
// layers: some units in the last place of the largest gradient, or of activations of about 1. If batch normalisation
// divides by a small std, the error grows by that factor, on both ways. The largest error seen is a third of this.
double tolerance(double least_divisor)
{
    const double divisor = std::min(least_divisor, 1.0);
    return 1e-6 / (divisor * divisor);
}

double largest(const Vector& values)
{
    double result = 0.0;
    for (const double each : values) result = std::max(result, std::abs(each));
    return result;
}

// Checks some elements of each tensor, or all of a small one. Returns the largest difference, relative to the largest
// gradient if that is above 1.
double check_tensor(Reference& reference, const Examples& examples, const Tensor& tensor, const Gradients& gradients,
                    Numbers& numbers, int sample)
{
    const std::vector<float> got = tensor_values(tensor, gradients.arena.data());
    const int count = static_cast<int>(got.size());
    const double scale = std::max(1.0, largest(Vector(got.begin(), got.end())));
    double worst = 0.0;
    for (int i = 0; i < std::min(count, sample); ++i) {
        const auto at = static_cast<std::size_t>(count <= sample ? i : numbers.between(0, count - 1));
        worst = std::max(worst, std::abs(reference.slope(tensor.name, at, examples) - got[at]) / scale);
    }
    return worst;
}

// Compares the next step of a model, which draws these examples, with the reference, in some elements of each tensor.
void check_step(Model& model, const Dataset& data, const Examples& examples, const nib_train_options& options,
                Numbers& numbers, int sample = 16)
{
    Reference reference(model), before(model);
    const Gradients gradients = next_gradients(model, data, options);
    const double loss = reference.loss(examples, true);
    CAPTURE(model.network_text, model.input_text, model.loss_text, options.batch_size, reference.least_divisor);
    const double allowed = tolerance(reference.least_divisor);
    CHECK(std::abs(loss - gradients.loss) < allowed * std::max(1.0, loss));
    for (const Tensor& tensor : model.layout.tensors) {
        CAPTURE(tensor.name);
        CHECK(check_tensor(before, examples, tensor, gradients, numbers, sample) < allowed);
    }
    const Reference after(model);
    for (const auto& [name, values] : reference.running) {
        CAPTURE(name);
        CHECK(largest_difference(after.running.at(name), values) < allowed * std::max(1.0, largest(values)));
    }
}

void check_network(const Case& tried, Numbers& numbers)
{
    const Dataset text = random_words(tried.vocabulary, numbers);
    Model model = new_model(tried.spec, text);
    disturb(model, numbers);
    check_step(model, text, next_minibatch(model, text, tried.batch), training_with(NIB_ADAMW, tried.batch, 1e-3),
               numbers);
}

// Checks a step on rows of numbers with a loss, weighted or not.
void check_table(const std::string& network, const std::string& loss, const Dataset& data,
                 nib_class_weights class_weights, Numbers& numbers)
{
    Model model = new_model(table_spec(network, loss), data);
    fit(model, *data.table());
    disturb(model, numbers);
    nib_train_options options = training_with(NIB_ADAMW, 21, 1e-3);
    options.class_weights = class_weights;
    check_step(model, data, first_rows(model, data, options), options, numbers);
}

void check_planes(const PlanesCase& tried, std::int32_t batch, Numbers& numbers)
{
    const Dataset data = random_planes(tried.features, 40);
    Model model = new_model(table_spec(tried.network, "cross-entropy", tried.input), data);
    fit(model, *data.table());
    disturb(model, numbers);
    const nib_train_options options = training_with(NIB_ADAMW, batch, 1e-3);
    constexpr int sample = 4; // the reference takes a millisecond for each
    check_step(model, data, first_rows(model, data, options), options, numbers, sample);
}

std::string random_norm(Numbers& numbers)
{
    return std::string("batchnorm eps=") + numbers.one_of({"0.00001", "0.1"}) +
           " momentum=" + numbers.one_of({"0.1", "0.9"}) + " variance=" + numbers.one_of({"biased", "unbiased"});
}

MlpText small_network(Numbers& numbers)
{
    const std::string norm = random_norm(numbers);
    return {.context = numbers.between(1, 4),
            .embedding = numbers.between(1, 6),
            .hidden = numbers.between(2, 12),
            .layers = numbers.between(0, 3),
            .activation = numbers.one_of({"tanh", "relu", "identity"}),
            .norm = numbers.between(0, 1) != 0 ? norm : "",
            .output_norm = numbers.between(0, 1) != 0 ? norm + " gain=0.7" : "",
            .linear_keys = "gain=1",
            .output_keys = "",
            .seed = static_cast<std::uint32_t>(numbers.between(0, 1000))};
}

} // namespace

TEST_CASE("gradients of many small networks")
{
    Numbers numbers(1);
    for (int i = 0; i < 100; ++i) {
        const MlpText network = small_network(numbers);
        check_network({spec_of(network), numbers.between(3, 9), numbers.between(8, 40)}, numbers);
    }
}

TEST_CASE("gradients of every kind of layer")
{
    Numbers numbers(2);
    for (const nib_activation activation : all_activations()) {
        for (const char* variance : {"biased", "unbiased"}) {
            for (const char* running : {"variance", "std"}) {
                for (const int norms : {0, 1, 2, 3}) {
                    MlpText network = small_network(numbers);
                    network.layers = 1;
                    network.activation = activation_text(activation);
                    const std::string norm = std::string("batchnorm eps=") + numbers.one_of({"0.00001", "0.1"}) +
                                             " variance=" + variance + " running=" + running;
                    network.norm = (norms & 1) != 0 ? norm : "";
                    network.output_norm = (norms & 2) != 0 ? norm + " gain=0.7" : "";
                    check_network({spec_of(network), 7, 33}, numbers);
                }
            }
        }
    }
}

TEST_CASE("gradients of any list")
{
    Numbers numbers(6);
    for (const std::string& list : any_lists()) check_network({spec_of(list, 3), 11, 33}, numbers);
}

TEST_CASE("gradients of every loss, on tables")
{
    Numbers numbers(7);
    constexpr const char* networks[] = {"standardize, linear 9, tanh, linear", "linear 17 gain=0.001, gelu, linear",
                                        "standardize, residual(linear 8, relu, linear 2 | identity), linear"};
    for (const char* network : networks) {
        for (const bool is_weighted : {false, true}) {
            const Dataset three = clouds(3, 60, is_weighted), two = clouds(2, 50, is_weighted);
            for (const auto weights : {NIB_CLASS_WEIGHTS_NONE, NIB_CLASS_WEIGHTS_BALANCED}) {
                check_table(network, "cross-entropy", three, weights, numbers);
                check_table(network, "cross-entropy smoothing=0.2", three, weights, numbers);
                check_table(network, "logistic", two, weights, numbers);
            }
        }
        const Dataset wanted = curve(60, 5.0f, 2.0f);
        for (const char* loss : {"squared", "huber delta=0.5"}) {
            check_table(network, loss, wanted, NIB_CLASS_WEIGHTS_NONE, numbers);
            check_table(network + std::string(", unscale"), loss, wanted, NIB_CLASS_WEIGHTS_NONE, numbers);
        }
    }
}

// A batch of 16 is one run of examples for each channel, the others are not.
TEST_CASE("gradients of planes")
{
    Numbers numbers(8);
    for (const PlanesCase& each : planes_cases())
        for (const std::int32_t batch : {16, 5}) check_planes(each, batch, numbers);
}

TEST_CASE("gradients of every convolution")
{
    Numbers numbers(9);
    for (const PlanesCase& each : convolution_cases()) check_planes(each, numbers.one_of({1, 4, 16}), numbers);
}

// Layers of 16 neurons and more are dealt out in groups, and rows of more than 16 numbers take several blocks.
TEST_CASE("gradients of wider networks")
{
    Numbers numbers(3);
    for (const int width : {16, 17, 33, 50, 100, 130}) {
        MlpText network = small_network(numbers);
        network.context = 3;
        network.hidden = width;
        network.layers = 2;
        check_network({spec_of(network), width % 2 == 0 ? 27 : 20, numbers.one_of({31, 32, 33, 100})}, numbers);
    }
}

TEST_CASE("the smallest batches")
{
    Numbers numbers(4);
    for (const std::int32_t batch : {1, 2, 3}) {
        MlpText network = small_network(numbers);
        network.layers = 1;
        network.norm = network.output_norm = batch > 1 ? "batchnorm eps=0.1" : "";
        check_network({spec_of(network), 5, batch}, numbers);
    }
}

// The fused update of SGD adds the same sums, and both optimisers see the same gradients.
TEST_CASE("a step of SGD is parameter - rate gradient, bit by bit")
{
    Numbers numbers(5);
    std::vector<ModelSpec> specs;
    for (int i = 0; i < 20; ++i) specs.push_back(spec_of(small_network(numbers)));
    for (const std::string& list : any_lists()) specs.push_back(spec_of(list, 3));
    for (const ModelSpec& spec : specs) {
        const Dataset text = random_words(numbers.between(3, 20), numbers);
        Model model = new_model(spec, text), stepped = new_model(spec, text);
        const std::int32_t batch = numbers.between(2, 40);
        Trainer(stepped, text, training_with(NIB_SGD, batch, 0.3), 1, heap()).run(1, nullptr);
        Model kept = new_model(spec, text);
        const Gradients gradients = next_gradients(model, text, batch);
        for (const Tensor& tensor : kept.layout.tensors) {
            std::vector<float> expected = tensor_values(tensor, kept.parameters.data());
            const std::vector<float> gradient = tensor_values(tensor, gradients.arena.data());
            for (std::size_t j = 0; j < expected.size(); ++j) {
                expected[j] = fma_once(-0.3f, gradient[j], expected[j]);
            }
            CAPTURE(tensor.name);
            CHECK(bit_difference(tensor_values(tensor, stepped.parameters.data()), expected) == "");
        }
    }
}
