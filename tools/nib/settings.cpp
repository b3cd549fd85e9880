#include "settings.hpp"

#include "choice.hpp"
#include "failure.hpp"
#include "handles.hpp"
#include "options.hpp"

#include <cstdint>
#include <type_traits>

namespace nib::cli {
namespace {

constexpr const char* network_group = "Network (defaults: those of the preset `default`)";
constexpr const char* initialisation_group = "Initialisation";

Settings preset(const std::string& name)
{
    Settings settings{sized<nib_model_options>(), sized<nib_train_options>()};
    if (nib_preset(name.c_str(), &settings.model, &settings.train) != NIB_OK)
        throw Failure("the library has no preset " + name);
    return settings;
}

std::vector<const char*> preset_names()
{
    std::vector<const char*> names;
    while (const char* name = nib_preset_name(names.size())) names.push_back(name);
    return names;
}

// Without the last batch normalisation, the output weights carry its gain: the first loss stays near ln(vocabulary).
void set_batchnorm(nib_model_options& model, bool on)
{
    model.batchnorm = on ? 1 : 0;
    if (on || model.output_batchnorm == 0) return;
    model.output_batchnorm = 0;
    model.output_gain *= model.output_bn_gain;
}

template <class T>
T& field(Settings& settings, T nib_model_options::*at)
{
    return settings.model.*at;
}

template <class T>
T& field(Settings& settings, T nib_train_options::*at)
{
    return settings.train.*at;
}

} // namespace

SettingsOptions::SettingsOptions(CLI::App& command) : command_(command), defaults_(preset(preset_))
{
    const std::vector<const char*> names = preset_names();
    std::string help = "what the other options override [" + preset_ + "]:";
    for (const char* name : names) help += std::string("\n  ") + name;
    const auto set = [this](int index) { preset_ = nib_preset_name(static_cast<std::size_t>(index)); };
    add_choice(command, "--preset", names, "", help, set)->type_name("NAME");
    add_network();
    add_initialisation();
    add_training();
}

template <class At>
void SettingsOptions::integer(const char* name, std::int64_t low, std::int64_t high, At at, const char* help)
{
    using Field = std::remove_reference_t<decltype(field(defaults_, at))>;
    const auto set = [this, at](std::int64_t value) {
        overrides_.push_back([=](Settings& settings) { field(settings, at) = static_cast<Field>(value); });
    };
    const auto value = static_cast<std::int64_t>(field(defaults_, at));
    const std::string initial = value == most ? "never" : std::to_string(value);
    add_integer(command_, name, low, high, initial, help, set)->group(group_);
}

template <class At>
void SettingsOptions::number(const char* name, const Range& range, At at, const char* help)
{
    const auto set = [this, at](double value) {
        overrides_.push_back([=](Settings& settings) { field(settings, at) = value; });
    };
    add_number(command_, name, range, text_of(field(defaults_, at)), help, set)->group(group_);
}

template <class At>
void SettingsOptions::choice(const char* name, std::span<const char* const> names, At at, const char* help)
{
    using Field = std::remove_reference_t<decltype(field(defaults_, at))>;
    const auto set = [this, at](int value) {
        overrides_.push_back([=](Settings& settings) { field(settings, at) = static_cast<Field>(value); });
    };
    add_choice(command_, name, names, name_of(names, field(defaults_, at)), help, set)->group(group_);
}

void SettingsOptions::add_network()
{
    using Options = nib_model_options;
    group_ = network_group;
    integer("--context", 1, 256, &Options::context_length, "symbols that the network sees");
    integer("--embedding", 1, 4096, &Options::embedding_size, "numbers that stand for a symbol");
    integer("--hidden", 1, 65536, &Options::hidden_size, "neurons of a hidden layer");
    integer("--hidden-layers", 0, 64, &Options::hidden_layers, "hidden layers");
    choice("--activation", activation_names, &Options::activation, "of the hidden layers");
    const auto batchnorm = [this](int value) {
        overrides_.push_back([=](Settings& settings) { set_batchnorm(settings.model, value != 0); });
    };
    add_choice(command_, "--batchnorm", off_on, name_of(off_on, defaults_.model.batchnorm),
               "batch normalisation of the hidden layers;\noff: of the output too", batchnorm)
        ->group(group_);
    choice("--bn-variance", bn_variance_names, &Options::bn_variance,
           "of the batch, in training: over n, or over n - 1");
    number("--bn-momentum", up_to_one, &Options::bn_momentum, "share of the batch in the running statistics");
}

void SettingsOptions::add_initialisation()
{
    using Options = nib_model_options;
    group_ = initialisation_group;
    choice("--weight-init", weight_init_names, &Options::hidden_init,
           "hidden weights: normal numbers times the gain,\nor those over the square root of the fan-in");
    number("--gain", zero_or_above, &Options::hidden_gain,
           "of the hidden weights; 0: Kaiming's for the activation\n(tanh 5/3, relu sqrt 2, identity 1)");
    number("--output-gain", zero_or_above, &Options::output_gain, "of the output weights");
    integer("--seed", 0, UINT32_MAX, &Options::seed, "of the random stream");
}

void SettingsOptions::add_training()
{
    using Options = nib_train_options;
    group_ = "Training";
    integer("--steps", 1, most, &Options::steps, "minibatches to train on");
    integer("--batch", 1, 1048576, &Options::batch_size, "examples of a minibatch");
    choice("--optimizer", optimizer_names, &Options::optimizer, "how a gradient changes the weights");
    number("--lr", above_zero, &Options::learning_rate, "learning rate");
    choice("--schedule", schedule_names, &Options::schedule, "of the learning rate over the steps");
    integer("--lr-decay-at", 0, most, &Options::decay_at, "schedule step: first step of the lower rate");
    number("--lr-decay", above_zero, &Options::decay_factor, "schedule step: lower rate over --lr");
    number("--lr-min", zero_or_above, &Options::min_learning_rate, "schedule cosine: learning rate of the last step");
    integer("--warmup", 0, most, &Options::warmup_steps, "first steps, in which the learning rate rises");
    number("--weight-decay", zero_or_above, &Options::weight_decay,
           "adamw: a step takes this times the learning rate\noff each weight");
}

void SettingsOptions::check_effects(const Settings& settings) const
{
    const bool step = settings.train.schedule == NIB_SCHEDULE_STEP;
    const bool adamw = settings.train.optimizer == NIB_ADAMW;
    const bool batchnorm = settings.model.batchnorm != 0 || settings.model.output_batchnorm != 0;
    const struct {
        const char* option;
        bool effective;
        const char* when;
    } rules[] = {
        {"--lr-decay-at", step, "without --schedule step"},     {"--lr-decay", step, "without --schedule step"},
        {"--lr-min", !step, "without --schedule cosine"},       {"--weight-decay", adamw, "without --optimizer adamw"},
        {"--bn-variance", batchnorm, "without --batchnorm on"}, {"--bn-momentum", batchnorm, "without --batchnorm on"},
    };
    for (const auto& rule : rules) check_effect(command_, rule.option, rule.effective, rule.when);
}

std::string SettingsOptions::given_of_model() const
{
    for (const CLI::Option* option : command_.get_options()) {
        const bool of_model = option->get_group() == network_group || option->get_group() == initialisation_group;
        if (of_model && option->count() > 0) return option->get_name();
    }
    return "";
}

// A warm-up that does not end within the run leaves a network that has hardly learnt. The preset's is for its own
// number of steps.
void SettingsOptions::fit_warmup(nib_train_options& train) const
{
    if (train.warmup_steps < train.steps) return;
    const auto warmup = static_cast<long long>(train.warmup_steps), steps = static_cast<long long>(train.steps);
    if (command_.count("--warmup") > 0) {
        note("--warmup %lld does not end within the run of %lld steps: the learning rate reaches %g, not %g", warmup,
             steps, train.learning_rate * static_cast<double>(steps) / static_cast<double>(warmup),
             train.learning_rate);
        return;
    }
    train.warmup_steps = train.steps / 10;
    note("a warm-up of %lld steps does not end within the run of %lld: shortened to %lld; --warmup sets it", warmup,
         steps, static_cast<long long>(train.warmup_steps));
}

Settings SettingsOptions::settings(const std::optional<Settings>& resumed) const
{
    Settings settings = resumed && command_.count("--preset") == 0 ? *resumed : preset(preset_);
    for (const auto& override_field : overrides_) override_field(settings);
    check_effects(settings);
    if (!resumed || command_.count("--preset") > 0 || command_.count("--warmup") > 0) fit_warmup(settings.train);
    const nib_train_options& t = settings.train;
    if (command_.count("--lr-min") > 0 && t.min_learning_rate > t.learning_rate)
        throw CLI::ValidationError("--lr-min", text_of(t.min_learning_rate) + ": expected the learning rate, " +
                                                   text_of(t.learning_rate) + ", at most");
    return settings;
}

} // namespace nib::cli
