#include "fuzz/files/strict.hpp"

#include "api/plain.hpp"
#include "base/error.hpp"
#include "fuzz/fuzz.hpp"
#include "io/floats.hpp"
#include "io/safetensors_header.hpp"
#include "layers/batchnorm.hpp"
#include "layers/list.hpp"
#include "net/model_options.hpp"
#include "net/text.hpp"
#include "train/train_options.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <vector>

namespace nib::fuzz {

namespace {

Safetensors parsed(const std::string& bytes)
{
    return {copy_of(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), std::pmr::new_delete_resource()),
            "file"};
}

std::vector<float> numbers(const StoredTensor& tensor)
{
    if (!is_floating(tensor.dtype)) return {};
    std::vector<float> all(tensor.bytes.size() / byte_size(tensor.dtype, {}));
    read_floats(tensor, "", all);
    return all;
}

// The prefix that the names of an accepted file may have: the shortest text before "0.weight", the name of the
// embedding, since "10.weight" and "4.0.weight" end with that too.
std::string prefix_of(const Safetensors& file)
{
    constexpr std::string_view embedding = "0.weight";
    const std::string* shortest = nullptr;
    for (const StoredTensor& tensor : file.tensors()) {
        if (tensor.name.ends_with(embedding) && (shortest == nullptr || tensor.name.size() < shortest->size()))
            shortest = &tensor.name;
    }
    require(shortest != nullptr, "a network has an embedding");
    return shortest->substr(0, shortest->size() - embedding.size());
}

// The names of a network begin with a layer's position.
bool is_of_network(std::string_view name) { return !name.empty() && name[0] >= '0' && name[0] <= '9'; }

bool has_moderate_options(std::span<const LayerSpec> layers)
{
    return count_of(layers) <= 40 && std::all_of(layers.begin(), layers.end(), [](const LayerSpec& layer) {
               if (layer.kind == &batchnorm_layer) return layer.options.as<BatchnormOptions>().eps < 1e30;
               return has_moderate_options(layer.main) && has_moderate_options(layer.shortcut);
           });
}

// With numbers and spreads of such sizes, sums and quotients stay far from overflow in a network of a few layers.
bool is_moderate(const Safetensors& file, const nib_model_options& options)
{
    for (const StoredTensor& tensor : file.tensors()) {
        const float least = tensor.name.ends_with("running_var") ? 1e-4f : 0;
        for (const float number : numbers(tensor)) {
            if (!(std::fabs(number) <= 100 && std::fabs(number) >= least)) return false; // NaN too
        }
    }
    return has_moderate_options(parse_network(options.network, spec_words()));
}

void require_finite_logits(nib_model* model)
{
    auto info = sized<nib_model_info>();
    require(nib_model_get_info(model, &info) == NIB_OK, "a model has information");
    auto first = sized<nib_layer_info>();
    require(nib_model_layer(model, 0, &first) == NIB_OK, "a model has a layer");
    const std::vector<std::int32_t> context(static_cast<std::size_t>(first.in[0]), 1);
    std::vector<float> logits(static_cast<std::size_t>(info.vocabulary));
    require(nib_model_logits(model, context.data(), 1, logits.data()) == NIB_OK, "a model has logits");
    for (const float logit : logits) require(std::isfinite(logit), "a sensible model's logits are finite");
}

} // namespace

void require_sound_model(nib_model* model, const std::string& bytes)
{
    const Safetensors file = parsed(bytes);
    const std::string prefix = prefix_of(file);
    for (const StoredTensor& tensor : file.tensors()) {
        require(tensor.name.starts_with(prefix), "one prefix stands before all names");
        const std::string_view name = std::string_view(tensor.name).substr(prefix.size());
        const bool of_training = name.starts_with("trainer.") || name.starts_with("adamw.") || name.starts_with("sgd.");
        require(is_of_network(name) || of_training, "no tensor is left over");
        if (!is_of_network(name)) continue;
        for (const float number : numbers(tensor)) {
            require(std::isfinite(number), "a model's numbers are finite");
            require(!name.ends_with("running_var") || number >= 0, "a variance is not negative");
        }
    }
    auto options = sized<nib_model_options>();
    require(nib_model_get_options(model, &options) == NIB_OK, "a model has options");
    if (is_moderate(file, options)) require_finite_logits(model);
}

void require_sound_checkpoint(const std::string& bytes)
{
    const Safetensors file = parsed(bytes);
    for (const StoredTensor& tensor : file.tensors()) {
        if (tensor.name.find(".running_") != std::string::npos) continue; // trainer.running has them
        for (const float number : numbers(tensor)) {
            require(std::isfinite(number), "a checkpoint's numbers are finite");
            require(!tensor.name.starts_with("adamw.v.") || number >= 0, "a second moment is not negative");
        }
    }
}

void require_sound_options(const nib_model_options& model, const nib_train_options& train)
{
    try {
        read_options(model, spec_words());
        check_fields(train_fields(), &train);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        require(false, "a checkpoint's options are those of a run");
    }
}

} // namespace nib::fuzz
