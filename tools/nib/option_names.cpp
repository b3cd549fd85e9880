#include "option_names.hpp"

#include <cctype>
#include <cstddef>
#include <cstring>

namespace nib::cli {
namespace {

// A word of the language names a field only where the library says what it is: "seed is 3 there and 4 here".
constexpr struct {
    const char *field, *option;
} names[] = {
    {"context_length", "--context"},
    {"embedding_size", "--embedding"},
    {"hidden_size", "--hidden"},
    {"hidden_layers", "--hidden-layers"},
    {"activation is", "--activation is"},
    {"batchnorm is", "--batchnorm is"},
    {"bn_variance", "--bn-variance"},
    {"bn_momentum", "--bn-momentum"},
    {"hidden_init", "--weight-init"},
    {"hidden_gain", "--gain"},
    {"output_gain", "--output-gain"},
    {"seed is", "--seed is"},
    {"train.steps", "--steps"},
    {"train.batch_size", "--batch"},
    {"batch_size", "--batch"},
    {"train.optimizer", "--optimizer"},
    {"train.schedule", "--schedule"},
    {"train.learning_rate", "--lr"},
    {"learning_rate", "--lr"},
    {"train.decay_at", "--lr-decay-at"},
    {"train.decay_factor", "--lr-decay"},
    {"train.min_learning_rate", "--lr-min"},
    {"min_learning_rate", "--lr-min"},
    {"train.warmup_steps", "--warmup"},
    {"train.weight_decay", "--weight-decay"},
    {"weight_decay", "--weight-decay"},
    {"max_length", "--max-length"},
    {"max_loss_difference", "--max-loss-difference"},
    {"temperature is", "--temperature is"},
    {"prefix is", "--prefix is"},
};

// Not within another word or a path.
bool stands_alone(const std::string& text, std::size_t at, std::size_t size)
{
    const auto in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    const bool begins = at == 0 || (!in_word(text[at - 1]) && std::strchr("./-'", text[at - 1]) == nullptr);
    return begins && (at + size == text.size() || !in_word(text[at + size]));
}

} // namespace

std::string as_typed(std::string message)
{
    for (const auto& [field, option] : names) {
        const std::size_t size = std::strlen(field);
        for (std::size_t at = 0; (at = message.find(field, at)) != std::string::npos; ++at) {
            if (stands_alone(message, at, size)) message.replace(at, size, option);
        }
    }
    return message;
}

} // namespace nib::cli
