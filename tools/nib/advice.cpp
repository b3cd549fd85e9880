#include "advice.hpp"

#include "choice.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>

namespace nib::cli {
namespace {

bool is_same(const TextLayer& a, const TextLayer& b) { return a.word == b.word && a.options == b.options; }

bool is(const NetworkLayers& network, std::size_t index, const char* word)
{
    return index < network.size() && network[index].word == word;
}

// Whether options such as --hidden describe the network: embedding, flatten, N x (linear, batchnorm, activation),
// linear, batchnorm, where batchnorms may be missing.
bool is_of_template(const NetworkLayers& network)
{
    if (!is(network, 0, "embedding") || !is(network, 1, "flatten")) return false;
    const std::size_t end = network.size() - (network.back().word == "batchnorm" ? 2 : 1);
    if (!is(network, end, "linear") || end < 2) return false;
    const std::size_t period = is(network, 3, "batchnorm") ? 3 : 2;
    if ((end - 2) % period != 0) return false;
    for (std::size_t i = 2; i < end; ++i) {
        const bool begins = (i - 2) % period == 0;
        if ((network[i].word == "linear") != begins || network[i].word == "residual") return false;
        if (i >= 2 + period && !is_same(network[i], network[i - period])) return false;
    }
    return true;
}

// The last layer with this word before a position.
const TextLayer* last_before(const NetworkLayers& network, const char* word, const std::string& position)
{
    const TextLayer* found = nullptr;
    for (const TextLayer& layer : network) {
        if (layer.position == position) break;
        if (layer.word == word) found = &layer;
    }
    return found;
}

bool is_convolution(const TextLayer& layer) { return layer.word == "conv1d" || layer.word == "conv2d"; }

// Whether the layer has weights that are drawn, and with them a gain.
bool is_weighted(const TextLayer& layer) { return layer.word == "linear" || is_convolution(layer); }

// The last such layer before a position; nullptr: there is none.
const TextLayer* last_weighted_before(const NetworkLayers& network, const std::string& position)
{
    const TextLayer* found = nullptr;
    for (const TextLayer& layer : network) {
        if (layer.position == position) break;
        if (is_weighted(layer)) found = &layer;
    }
    return found;
}

// Returns 0 if the text gives no width.
long width_of(const TextLayer& linear) { return std::strtol(linear.options.c_str(), nullptr, 10); }

// The first of the widest linears, among those whose width is not taken from the data. nullptr: there is none.
const TextLayer* widest_linear(const NetworkLayers& network)
{
    const TextLayer* widest = nullptr;
    for (const TextLayer& layer : network) {
        if (layer.word != "linear" || width_of(layer) == 0) continue;
        if (widest == nullptr || width_of(layer) > width_of(*widest)) widest = &layer;
    }
    return widest;
}

// Returns nullptr if there is none.
const TextLayer* last_activation(const NetworkLayers& network)
{
    const auto is_activation = [](const TextLayer& layer) {
        const auto is = [&](const char* word) { return layer.word == word; };
        return std::any_of(std::begin(activation_names), std::end(activation_names), is);
    };
    const auto found = std::find_if(network.rbegin(), network.rend(), is_activation);
    return found == network.rend() ? nullptr : &*found;
}

} // namespace

std::string smaller_weights(const NetworkLayers& network, const std::string& position)
{
    const TextLayer* const layer = last_weighted_before(network, position);
    if (is_of_template(network) || layer == nullptr)
        return "--weight-init fan-in --gain 0 (Kaiming's), or --batchnorm on";
    return layer->word + " " + layer->position + " without " + (is_convolution(*layer) ? "" : "init= and ") +
           "gain= (Kaiming's), or batchnorm behind it";
}

std::string other_gain(const NetworkLayers& network, bool larger)
{
    const std::string size = larger ? "a larger " : "a smaller ";
    if (is_of_template(network)) return size + "--gain (0 sets the activation's own), or --batchnorm on";
    const bool convolves = std::any_of(network.begin(), network.end(), is_convolution);
    return size + "gain= of each linear" + (convolves ? " and convolution" : "") +
           " (left out, the activation's own), or batchnorm behind it";
}

std::string against_overfitting(const NetworkLayers& network)
{
    std::string advice = "a higher --weight-decay (adamw)";
    const TextLayer* const dropout = last_before(network, "dropout", "");
    if (dropout != nullptr)
        advice = "a higher rate in " + layer_label(dropout->position, dropout->word) + ", " + advice;
    else if (const TextLayer* const activation = last_activation(network))
        advice = "dropout 0.2 behind " + layer_label(activation->position, activation->word) + ", " + advice;
    const TextLayer* const widest = widest_linear(network);
    if (widest == nullptr) return advice;
    const std::string narrower =
        is_of_template(network) ? ", --hidden below " : ", linear " + widest->position + " narrower than ";
    return advice + narrower + std::to_string(width_of(*widest));
}

std::string smaller_output(const NetworkLayers& network)
{
    const auto last = std::find_if(network.rbegin(), network.rend(), is_weighted);
    if (last == network.rend()) return "smaller weights";
    if (last != network.rbegin() && std::prev(last)->word == "batchnorm")
        return "a smaller gain= of batchnorm " + std::prev(last)->position + " (lecture-deep's is 0.1)";
    return is_of_template(network) ? "smaller weights, --output-gain 0.01"
                                   : "smaller weights, gain=0.01 of " + last->word + " " + last->position;
}

} // namespace nib::cli
