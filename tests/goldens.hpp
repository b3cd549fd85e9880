// Reads the golden files: tests/goldens/README.md says what is in them.
#pragma once

#include "nib/nib.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

namespace nib::test {

using Json = nlohmann::json;

inline std::string source_path(const std::string& relative) { return std::string(NIB_SOURCE_DIR "/") + relative; }

// Read once and kept, so that loops over a part of one are safe.
inline const Json& golden(const char* name)
{
    static std::map<std::string, Json> read;
    const auto known = read.find(name);
    if (known != read.end()) return known->second;
    std::ifstream file(source_path(std::string("tests/goldens/") + name));
    if (!file) throw std::runtime_error(std::string("cannot read the golden ") + name);
    return read[name] = Json::parse(file);
}

// The lecture's names.txt, or null where the environment does not say where it is.
inline const char* lecture_path()
{
    const char* path = std::getenv("NIB_LECTURE_NAMES");
    return path != nullptr && *path != '\0' ? path : nullptr;
}
inline constexpr const char* no_lecture = "NIB_LECTURE_NAMES does not name the lecture's names.txt";

inline nib_activation activation_of(const std::string& word)
{
    if (word == "tanh") return NIB_TANH;
    if (word == "relu") return NIB_RELU;
    if (word == "identity") return NIB_IDENTITY;
    throw std::runtime_error("no activation is called " + word);
}

// Of two words, the one with value 0 and the one with value 1.
inline int choice(const Json& word, const std::string& zero, const std::string& one)
{
    if (word == zero) return 0;
    if (word == one) return 1;
    throw std::runtime_error("expected " + zero + " or " + one + ", found " + word.dump());
}

inline nib_model_options model_options(const Json& json)
{
    nib_model_options o{};
    o.struct_size = sizeof o;
    o.context_length = json.at("context_length");
    o.embedding_size = json.at("embedding_size");
    o.hidden_size = json.at("hidden_size");
    o.hidden_layers = json.at("hidden_layers");
    o.activation = activation_of(json.at("activation"));
    o.batchnorm = json.at("batchnorm");
    o.output_batchnorm = json.at("output_batchnorm");
    o.bn_variance = static_cast<nib_bn_variance>(choice(json.at("bn_variance"), "biased", "unbiased"));
    o.bn_running = static_cast<nib_bn_running>(choice(json.at("bn_running"), "variance", "std"));
    o.bn_eps = json.at("bn_eps");
    o.bn_momentum = json.at("bn_momentum");
    o.hidden_init = static_cast<nib_weight_init>(choice(json.at("hidden_init"), "scaled", "fan_in"));
    o.hidden_gain = json.at("hidden_gain");
    o.hidden_bias_scale = json.at("hidden_bias_scale");
    o.output_init = static_cast<nib_weight_init>(choice(json.at("output_init"), "scaled", "fan_in"));
    o.output_gain = json.at("output_gain");
    o.output_bias_scale = json.at("output_bias_scale");
    o.output_bn_gain = json.at("output_bn_gain");
    o.seed = json.at("seed");
    return o;
}

inline nib_train_options train_options(const Json& json)
{
    nib_train_options o{};
    o.struct_size = sizeof o;
    o.steps = json.at("steps");
    o.batch_size = json.at("batch_size");
    o.optimizer = static_cast<nib_optimizer>(choice(json.at("optimizer"), "sgd", "adamw"));
    o.schedule = static_cast<nib_schedule>(choice(json.at("schedule"), "step", "cosine"));
    o.learning_rate = json.at("learning_rate");
    o.decay_at = json.at("decay_at");
    o.decay_factor = json.at("decay_factor");
    o.min_learning_rate = json.at("min_learning_rate");
    o.warmup_steps = json.at("warmup_steps");
    o.adam_beta1 = json.at("adam_beta1");
    o.adam_beta2 = json.at("adam_beta2");
    o.adam_eps = json.at("adam_eps");
    o.weight_decay = json.at("weight_decay");
    return o;
}

} // namespace nib::test
