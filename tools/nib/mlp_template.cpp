#include "mlp_template.hpp"

#include "choice.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>

namespace nib::cli {
namespace {

constexpr const char* off_on[] = {"off", "on"};
constexpr const char* variances[] = {"biased", "unbiased"};
constexpr const char* inits[] = {"scaled", "fan-in"};
constexpr const char* network = "Network";
constexpr const char* initialisation = "Initialisation";
constexpr double any = HUGE_VAL;

constexpr nib_option_info whole(const char* name, std::size_t offset, double low, double high, double initial,
                                const char* flag, const char* help)
{
    nib_option_info info{};
    info.name = name;
    info.help = help;
    info.flag = flag;
    info.group = network;
    info.offset = offset;
    info.kind = NIB_OPTION_INT32;
    info.low = low;
    info.high = high;
    info.initial = initial;
    return info;
}

template <std::size_t count>
constexpr nib_option_info word(const char* name, std::size_t offset, const char* const (&words)[count], double initial,
                               const char* flag, const char* group, const char* help)
{
    nib_option_info info = whole(name, offset, 0, count - 1, initial, flag, help);
    info.group = group;
    info.words = words;
    info.word_count = count;
    info.kind = NIB_OPTION_WORD;
    return info;
}

constexpr nib_option_info real(const char* name, std::size_t offset, double high, double initial, const char* flag,
                               const char* group, const char* help)
{
    nib_option_info info = whole(name, offset, 0, high, initial, flag, help);
    info.group = group;
    info.kind = NIB_OPTION_DOUBLE;
    return info;
}

constexpr nib_option_info needs_batchnorm(nib_option_info info)
{
    info.needs[0] = "batchnorm";
    info.needs[1] = "output_batchnorm";
    info.needed_value = 1;
    return info;
}

constexpr nib_option_info above_low(nib_option_info info)
{
    info.low_excluded = 1;
    return info;
}

using T = MlpTemplate;
constexpr T plain;

constexpr nib_option_info infos[] = {
    whole("embedding_size", offsetof(T, embedding), 1, 4096, plain.embedding, "--embedding",
          "numbers that stand for a symbol"),
    whole("hidden_size", offsetof(T, hidden), 1, 65536, plain.hidden, "--hidden", "neurons of a hidden layer"),
    whole("hidden_layers", offsetof(T, layers), 0, 64, plain.layers, "--hidden-layers", "hidden layers"),
    word("activation", offsetof(T, activation), activation_names, plain.activation, "--activation", network,
         "activation of the hidden layers"),
    word("batchnorm", offsetof(T, batchnorm), off_on, plain.batchnorm, "--batchnorm", network,
         "batch normalisation of the hidden layers;\noff: none after the output either"),
    word("output_batchnorm", offsetof(T, output_batchnorm), off_on, plain.output_batchnorm, nullptr, network, ""),
    needs_batchnorm(word("bn_variance", offsetof(T, bn_variance), variances, plain.bn_variance, "--bn-variance",
                         network, "variance of the batch in training: over n, or n - 1")),
    above_low(needs_batchnorm(real("bn_momentum", offsetof(T, bn_momentum), 1, plain.bn_momentum, "--bn-momentum",
                                   network, "share of the batch in the running statistics"))),
    word("weight_init", offsetof(T, weight_init), inits, plain.weight_init, "--weight-init", initialisation,
         "hidden weights: normal numbers times the gain,\nor those over the square root of the fan-in"),
    real("gain", offsetof(T, gain), any, plain.gain, "--gain", initialisation,
         "scale of the hidden weights; 0: the activation's own,\nwith which sums keep their size"),
    real("output_gain", offsetof(T, output_gain), any, plain.output_gain, "--output-gain", initialisation,
         "scale of the output weights"),
};

// The lecture's network with one hidden layer. Its batch normalisation, off until the last stage, divides by the
// unbiased std without eps and keeps a running std. Each stage is the one before with one fault corrected.
T lecture_original()
{
    T t;
    t.embedding = 10;
    t.hidden = 200;
    t.layers = 1;
    t.batchnorm = 0;
    t.bn_variance = 1;
    t.bn_running = 1;
    t.bn_eps = 0;
    t.bn_momentum = 0.001;
    t.weight_init = 0;
    t.gain = 1;
    t.bias_scale = 1;
    t.output_init = 0;
    t.output_gain = 1;
    t.output_bias_scale = 1;
    return t;
}

T lecture_softmax()
{
    T t = lecture_original();
    t.output_gain = 0.01;
    t.output_bias_scale = 0;
    return t;
}

T lecture_tanh()
{
    T t = lecture_softmax();
    t.gain = 0.2;
    t.bias_scale = 0.01;
    return t;
}

T lecture_kaiming()
{
    T t = lecture_tanh();
    t.weight_init = 1;
    t.gain = 0;
    return t;
}

T lecture_batchnorm()
{
    T t = lecture_kaiming();
    t.batchnorm = 1;
    return t;
}

T lecture_deep()
{
    T t;
    t.embedding = 10;
    t.hidden = 100;
    t.layers = 5;
    t.output_batchnorm = 1;
    t.bn_variance = 1;
    t.gain = 1;
    t.output_gain = 1;
    t.output_bn_gain = 0.1;
    return t;
}

std::string shortest(double value)
{
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

// Prints a key if its value differs from the library's default.
std::string key(const char* name, double value, double usual)
{
    return value == usual ? "" : std::string(" ") + name + "=" + shortest(value);
}

// size: 0 for a last linear. gain, bias_scale: none if not printed.
std::string linear(std::int32_t size, std::int32_t init, std::optional<double> gain, std::optional<double> bias_scale)
{
    std::string text = "linear";
    if (size > 0) text.append(" ").append(std::to_string(size));
    if (init == 0) text += " init=scaled";
    if (gain) text.append(" gain=").append(shortest(*gain));
    if (bias_scale && *bias_scale >= 0) text.append(" bias-init=").append(shortest(*bias_scale));
    return text;
}

std::string batchnorm(const T& t, double gain)
{
    return "batchnorm" + key("eps", t.bn_eps, 1e-5) + key("momentum", t.bn_momentum, 0.1) +
           (t.bn_variance == 1 ? " variance=unbiased" : "") + (t.bn_running == 1 ? " running=std" : "") +
           key("gain", gain, 1);
}

std::optional<double> unless(bool left_out, double value) { return left_out ? std::nullopt : std::optional(value); }

std::string hidden_layer(const T& t)
{
    const bool has_norm = t.batchnorm != 0;
    const std::string activation = t.activation == NIB_GELU_TANH ? "gelu form=tanh" : activation_names[t.activation];
    return linear(t.hidden, t.weight_init, unless(t.gain == 0, t.gain), unless(has_norm, t.bias_scale)) + ", " +
           (has_norm ? batchnorm(t, 1) + ", " : "") + activation;
}

} // namespace

OptionInfos template_infos() { return infos; }

std::optional<MlpTemplate> template_of(const std::string& preset)
{
    static constexpr struct {
        const char* name;
        MlpTemplate (*network)();
    } presets[] = {
        {"mlp", [] { return T(); }},          {"lecture-original", lecture_original},
        {"lecture-softmax", lecture_softmax}, {"lecture-tanh", lecture_tanh},
        {"lecture-kaiming", lecture_kaiming}, {"lecture-batchnorm", lecture_batchnorm},
        {"lecture-deep", lecture_deep},
    };
    for (const auto& each : presets)
        if (preset == each.name) return each.network();
    return std::nullopt;
}

MlpTemplate template_of_rows()
{
    T t;
    t.hidden = 64;
    t.layers = 1;
    t.activation = NIB_RELU;
    t.batchnorm = 0;
    t.gain = 0.577; // as torch.nn.Linear draws its weights: on some hundred rows, sqrt(2) generalises less well
    return t;
}

std::string text_of(const MlpTemplate& t)
{
    return "embedding " + std::to_string(t.embedding) + ", flatten, " + text_of_rows(t);
}

std::string text_of_rows(const MlpTemplate& t)
{
    std::string text;
    if (t.layers == 1) text += hidden_layer(t) + ", ";
    if (t.layers > 1) text += std::to_string(t.layers) + " x (" + hidden_layer(t) + "), ";
    const bool has_norm = t.output_batchnorm != 0;
    text += linear(0, t.output_init, unless(t.output_gain == 1, t.output_gain), unless(has_norm, t.output_bias_scale));
    return text + (has_norm ? ", " + batchnorm(t, t.output_bn_gain) : "");
}

} // namespace nib::cli
