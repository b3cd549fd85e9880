// The measurements of an observed step, compared with the same from its numbers in double precision.
#include "activations.hpp"
#include "base/error.hpp"
#include "catch.hpp"
#include "lists.hpp"
#include "one_step.hpp"
#include "planes.hpp"
#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

constexpr std::int32_t batch = 20; // rows of one block and a part

MlpText small_network(const std::string& activation, bool batchnorm)
{
    MlpText text = {.context = 3,
                    .embedding = 5,
                    .hidden = 19,
                    .layers = 2,
                    .activation = activation,
                    .norm = "",
                    .linear_keys = "gain=1",
                    .output_keys = ""};
    if (batchnorm) {
        text.norm = "batchnorm variance=unbiased";
        text.output_norm = "batchnorm variance=unbiased gain=0.1";
    }
    return text;
}

struct Run {
    Run(const MlpText& network, nib_optimizer optimizer)
        : text(random_words(20, numbers)),
          model(new_model(spec_of(network), text)),
          trainer(model, text, training_with(optimizer, batch, 0.05), 2, heap())
    {
        trainer.run(2, nullptr);
        before = std::vector<float>(model.parameters.begin(), model.parameters.end());
        gradients = next_gradients_of_copy(network);
        trainer.run(1, nullptr, true);
    }

    // The gradients of the next step, computed on a model that starts from the same numbers.
    std::vector<float> next_gradients_of_copy(const MlpText& network)
    {
        Model copy = empty_model(spec_of(network), text.text()->vocabulary());
        std::copy(before.begin(), before.end(), copy.parameters.begin());
        copy.generator = model.generator;
        const Gradients found = next_gradients(copy, text, batch);
        return {found.arena.begin(), found.arena.end()};
    }

    std::vector<float> values(nib_quantity quantity, std::int64_t index, std::size_t count) const
    {
        std::vector<float> all(count);
        trainer.diagnostics().values(quantity, index, all.data());
        return all;
    }

    Numbers numbers{1};
    Dataset text;
    Model model;
    Trainer trainer;
    std::vector<float> before, gradients; // arenas
};

struct Moments {
    double mean = 0, std = 0;
};

Moments moments(const std::vector<float>& x)
{
    Moments m;
    for (const double each : x) m.mean += each / static_cast<double>(x.size());
    for (const double each : x) m.std += (each - m.mean) * (each - m.mean) / static_cast<double>(x.size() - 1);
    m.std = std::sqrt(m.std);
    return m;
}

void check_moments(double mean, double std, const std::vector<float>& x)
{
    const Moments expected = moments(x);
    CHECK(std == Approx(expected.std).epsilon(1e-5));
    CHECK(mean == Approx(expected.mean).epsilon(0).margin(1e-6 * (expected.std + std::fabs(expected.mean))));
}

void check_tensors(const Run& run, nib_optimizer optimizer)
{
    const std::vector<Tensor>& tensors = run.model.layout.tensors;
    REQUIRE(run.trainer.diagnostics().tensors().size() == tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const nib_tensor_statistics& found = run.trainer.diagnostics().tensors()[i];
        INFO(tensors[i].name);
        CHECK(found.name == tensors[i].name);
        CHECK(found.rows == tensors[i].rows);
        CHECK(found.columns == tensors[i].columns);
        const std::vector<float> data = tensor_values(tensors[i], run.model.parameters.data());
        const std::vector<float> gradient = tensor_values(tensors[i], run.gradients.data());
        CHECK(run.values(NIB_PARAMETER_GRADIENTS, static_cast<std::int64_t>(i), data.size()) == gradient);
        check_moments(found.mean, found.std, data);
        check_moments(found.gradient_mean, found.gradient_std, gradient);
        std::vector<float> update = tensor_values(tensors[i], run.before.data());
        for (std::size_t n = 0; n < update.size(); ++n)
            update[n] = optimizer == NIB_SGD ? 0.05f * gradient[n] : data[n] - update[n];
        CHECK(found.update_std == Approx(moments(update).std).epsilon(1e-5));
        CHECK(found.gradient_to_data == Approx(moments(gradient).std / moments(data).std).epsilon(1e-5));
        CHECK(found.log10_update_to_data ==
              Approx(std::log10(moments(update).std / moments(data).std)).epsilon(0).margin(1e-5));
    }
}

// Compares the numbers of an observed step, which the trainer runs, with those of the reference, which stands before
// it.
void check_activations(Reference& reference, const Model& model, Trainer& trainer, const Examples& examples,
                       Numbers& numbers)
{
    const std::vector<Batch> values = reference.values(examples, true);
    trainer.run(1, nullptr, true);
    const auto& layers = trainer.diagnostics().layers();
    const std::size_t rows = values.back().size();
    std::size_t at = 0;
    for (std::size_t i = 0; i < model.network.nodes().size(); ++i) {
        const Node& node = model.network.nodes()[i];
        if (!is_activation(*node.kind)) continue;
        INFO("layer " << node.name());
        REQUIRE(at < layers.size());
        const nib_layer_statistics& layer = layers[at];
        CHECK(layer.name == node.position);
        CHECK(layer.activation == activation_of(node.spec));
        REQUIRE(layer.units == node.out.features());
        REQUIRE(layer.positions == node.out.positions());
        REQUIRE(layer.rows == static_cast<std::int32_t>(rows));
        const auto found = [&](nib_quantity quantity) {
            std::vector<float> all(static_cast<std::size_t>(node.out.rows()) * rows);
            trainer.diagnostics().values(quantity, static_cast<std::int64_t>(at), all.data());
            return all;
        };
        const std::vector<float> activations = found(NIB_ACTIVATIONS), slopes = found(NIB_ACTIVATION_SLOPES),
                                 gradients = found(NIB_ACTIVATION_GRADIENTS);
        check_moments(layer.mean, layer.std, activations);
        check_moments(layer.gradient_mean, layer.gradient_std, gradients);
        for (int sample = 0; sample < 4; ++sample) {
            const auto row = static_cast<std::size_t>(numbers.between(0, static_cast<int>(node.out.rows()) - 1));
            const auto example = static_cast<std::size_t>(numbers.between(0, static_cast<int>(rows) - 1));
            const std::size_t place = row * rows + example;
            const double x = values[static_cast<std::size_t>(node.input)][example][row];
            const double y = values[i + 1][example][row];
            CHECK(static_cast<double>(activations[place]) == Approx(y).margin(1e-5));
            CHECK(static_cast<double>(slopes[place]) == Approx(exact_slope(layer.activation, x)).margin(1e-4));
            // Between a relu or hardtanh at its limit and its output there may be another kink.
            if (y == 0 || std::fabs(y) == 1) continue;
            CHECK(static_cast<double>(gradients[place]) ==
                  Approx(reference.slope(static_cast<int>(i) + 1, row, example, examples)).margin(2e-6));
        }
        ++at;
    }
    CHECK(at == layers.size());
}

} // namespace

TEST_CASE("gradients and updates of the parameters")
{
    for (const nib_optimizer optimizer : {NIB_SGD, NIB_ADAMW}) {
        for (const bool batchnorm : {true, false}) {
            INFO("optimizer " << optimizer << ", batchnorm " << batchnorm);
            check_tensors(Run(small_network("tanh", batchnorm), optimizer), optimizer);
        }
    }
}

TEST_CASE("activations and their gradients")
{
    const Run run(small_network("tanh", true), NIB_SGD);
    const auto& layers = run.trainer.diagnostics().layers();
    REQUIRE(layers.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(layers[i].name == std::to_string(4 + 3 * i)); // 2 linear, 3 batchnorm, 4 tanh, 5 linear
        CHECK(layers[i].activation == NIB_TANH);
        CHECK(layers[i].units == 19);
        CHECK(layers[i].rows == batch);
        const auto index = static_cast<std::int64_t>(i);
        const std::vector<float> activations = run.values(NIB_ACTIVATIONS, index, 19 * batch);
        check_moments(layers[i].mean, layers[i].std, activations);
        check_moments(layers[i].gradient_mean, layers[i].gradient_std,
                      run.values(NIB_ACTIVATION_GRADIENTS, index, 19 * batch));
        const std::vector<float> slopes = run.values(NIB_ACTIVATION_SLOPES, index, 19 * batch);
        int saturated = 0;
        for (std::size_t n = 0; n < activations.size(); ++n) {
            saturated += std::fabs(activations[n]) > 0.97f;
            CHECK(slopes[n] == Approx(1 - activations[n] * activations[n]).margin(1e-6));
        }
        CHECK(saturated > 0);
        CHECK(layers[i].saturated == Approx(saturated / (19.0 * batch)));
        nib_histogram histogram{};
        run.trainer.diagnostics().histogram(NIB_ACTIVATIONS, index, histogram);
        CHECK(histogram.max == *std::max_element(activations.begin(), activations.end()));
        double area = 0;
        for (const double density : histogram.density) area += density * (histogram.max - histogram.min) / 100;
        CHECK(area == Approx(1).epsilon(1e-4));
    }
}

TEST_CASE("activations of any list, their gradients and slopes, in double")
{
    Numbers numbers(2);
    const Dataset text = random_words(20, numbers);
    for (const std::string& list : any_lists()) {
        INFO(list);
        Model model = new_model(spec_of(list, 3), text);
        Trainer trainer(model, text, training_with(NIB_SGD, batch, 0.05), 2, heap());
        trainer.run(2, nullptr);
        const Examples examples = next_minibatch(model, text, batch);
        Reference reference(model);
        reference.step = 2;
        check_activations(reference, model, trainer, examples, numbers);
    }
}

// A batch of 16 leaves no gap between the positions of a channel, one of 20 does.
TEST_CASE("activations over planes, whose units are channels, in double")
{
    Numbers numbers(3);
    for (const PlanesCase& each : planes_cases()) {
        const Dataset data = random_planes(each.features, 40);
        for (const std::int32_t examples : {16, batch}) {
            INFO(each.network << ", batch " << examples);
            Model model = new_model(table_spec(each.network, "cross-entropy", each.input), data);
            const nib_train_options options = training_with(NIB_SGD, examples, 0.05);
            Trainer trainer(model, data, options, 2, heap());
            Reference reference(model);
            check_activations(reference, model, trainer, first_rows(model, data, options), numbers);
        }
    }
}

// One of the channels is never above 0, and another only at a single pixel of a single example.
TEST_CASE("a channel is dead if no pixel of any example passes a gradient")
{
    TableRows rows = empty_rows(20, 2 * 3);
    rows.classes = Buffer<std::int32_t>(20, heap());
    for (std::size_t i = 0; i < 20; ++i) rows.classes[i] = static_cast<std::int32_t>(i % 2);
    for (float& each : rows.x.span()) each = -1.0f;
    rows.x[7 * 6 + 4] = 5.0f;
    Schema schema;
    schema.columns.resize(6);
    schema.targets = {"class"};
    schema.classes = {"a", "b"};
    const Dataset data = table_of(std::move(schema), std::move(rows));
    Model model = new_model(table_spec("conv2d 4 1x1, relu, flatten, linear", "cross-entropy", "floats 1x2x3"), data);
    const float weights[] = {1, 1, -1, 0}, biases[] = {0, -9, 0, 1};
    write_tensor(model.layout.tensors[0], weights, model.parameters.data());
    write_tensor(model.layout.tensors[1], biases, model.parameters.data());
    Trainer trainer(model, data, training_with(NIB_SGD, 20, 1e-3), 1, heap());
    trainer.run(1, nullptr, true);
    const nib_layer_statistics& layer = trainer.diagnostics().layers()[0];
    CHECK(layer.units == 4);
    CHECK(layer.positions == 6);
    CHECK(layer.rows == 20);
    CHECK(layer.dead == 1);
    CHECK(layer.saturated == Approx((119 + 120 + 1) / 480.0));
}

// Without an activation function, a bias moves its unit's activation in every row alike.
TEST_CASE("a bias's gradient is the sum of its unit's gradients")
{
    const Run run(small_network("identity", false), NIB_SGD);
    const std::vector<Tensor>& tensors = run.model.layout.tensors;
    for (const std::int64_t layer : {0, 1}) {
        const auto bias = static_cast<std::size_t>(2 + 2 * layer);
        REQUIRE(tensors[bias].name == std::to_string(2 + 2 * layer) + ".bias");
        const std::vector<float> gradient = tensor_values(tensors[bias], run.gradients.data());
        const std::vector<float> by_row = run.values(NIB_ACTIVATION_GRADIENTS, layer, 19 * batch);
        for (std::size_t unit = 0; unit < 19; ++unit) {
            double sum = 0;
            for (std::size_t row = 0; row < batch; ++row) sum += static_cast<double>(by_row[unit * batch + row]);
            CHECK(static_cast<double>(gradient[unit]) == Approx(sum).epsilon(1e-4).margin(1e-8));
        }
    }
}

TEST_CASE("saturated and dead units, by activation")
{
    Numbers numbers{1};
    const Dataset text = random_words(20, numbers);
    for (const nib_activation activation : all_activations()) {
        Model model = new_model(spec_of(small_network(activation_text(activation), false)), text);
        const Tensor& tensor = model.layout.tensors[2];
        REQUIRE(tensor.name == "2.bias");
        float* bias = model.at(tensor.offset);
        for (int unit = 0; unit < 19; ++unit) bias[unit] = unit < 3 ? -100.0f : 0.0f;
        Trainer trainer(model, text, training_with(NIB_SGD, batch, 1e-3), 1, heap());
        trainer.run(1, nullptr, true);
        const nib_layer_statistics& layer = trainer.diagnostics().layers()[0];
        CHECK(layer.dead >= (activation == NIB_IDENTITY ? 0 : 3));
        CHECK(layer.dead < 19);
        CHECK(layer.saturated >= layer.dead / 19.0);
        if (activation == NIB_IDENTITY) CHECK(layer.saturated == 0);
    }
}

TEST_CASE("only the last step run is told of, and only if it was observed")
{
    Numbers numbers{1};
    const Dataset text = random_words(20, numbers);
    Model model = new_model(spec_of(small_network("tanh", true)), text);
    Trainer trainer(model, text, training_with(NIB_SGD, batch, 1e-3), 1, heap());
    CHECK_THROWS_AS(trainer.diagnostics(), Error);
    trainer.run(3, nullptr, true);
    CHECK(trainer.diagnostics().step() == 2);
    trainer.run(0, nullptr);
    CHECK(trainer.diagnostics().step() == 2);
    trainer.run(1, nullptr);
    CHECK_THROWS_AS(trainer.diagnostics(), Error);
    trainer.run(1, nullptr, true);
    CHECK(trainer.diagnostics().step() == 4);
    nib_histogram histogram{};
    CHECK_THROWS_AS(trainer.diagnostics().histogram(NIB_ACTIVATIONS, 2, histogram), Error);
    CHECK_THROWS_AS(trainer.diagnostics().histogram(NIB_PARAMETER_GRADIENTS, -1, histogram), Error);
}
