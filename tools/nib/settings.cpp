#include "settings.hpp"

#include "failure.hpp"
#include "options.hpp"

#include "nib/nib.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace nib::cli {
namespace {

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
void drop_output_batchnorm(Settings& settings)
{
    nib_model_options& model = settings.model;
    if (model.output_batchnorm == 0) return;
    model.output_batchnorm = 0;
    model.output_gain *= model.output_bn_gain;
}

// A count that has no limit of its own has one on the command line.
std::pair<std::int64_t, std::int64_t> limits(const nib_option_info& option)
{
    const auto end = static_cast<double>(most);
    return {static_cast<std::int64_t>(std::max(option.low, -end)),
            static_cast<std::int64_t>(std::min(option.high, end))};
}

// The first group's heading says where the defaults are from.
std::string heading(const nib_option_info& option)
{
    const bool first = std::strcmp(option.group, model_infos().front().group) == 0;
    return std::string(option.group) + (first ? " (defaults: those of the preset `default`)" : "");
}

} // namespace

SettingsOptions::SettingsOptions(CLI::App& command) : command_(command)
{
    const std::vector<const char*> names = preset_names();
    std::string help = "what the other options override [" + preset_ + "]:";
    for (const char* name : names) help += std::string("\n  ") + name;
    const auto set = [this](int index) { preset_ = nib_preset_name(static_cast<std::size_t>(index)); };
    add_choice(command, "--preset", names, "", help, set)->type_name("NAME");
    for (const nib_option_info& option : model_infos())
        add(option, [](Settings& settings) -> void* { return &settings.model; });
    for (const nib_option_info& option : train_infos())
        add(option, [](Settings& settings) -> void* { return &settings.train; });
}

void SettingsOptions::add(const nib_option_info& option, Part part)
{
    if (option.flag == nullptr) return;
    if (option.word_count > 0)
        add_word(option, part);
    else if (option.kind == NIB_OPTION_DOUBLE)
        add_number(option, part);
    else
        add_whole(option, part);
}

void SettingsOptions::add_number(const nib_option_info& option, Part part)
{
    const auto set = [this, &option, part](double value) {
        overrides_.push_back([=, &option](Settings& settings) { set_real(option, part(settings), value); });
    };
    const Range range = {option.low, option.high, option.low_excluded != 0, option.high_excluded != 0};
    cli::add_number(command_, option.flag, range, text_of(option.initial), option.help, set)->group(heading(option));
}

void SettingsOptions::add_whole(const nib_option_info& option, Part part)
{
    const auto set = [this, &option, part](std::int64_t value) {
        overrides_.push_back([=, &option](Settings& settings) { set_whole(option, part(settings), value); });
    };
    const auto [low, high] = limits(option);
    const auto value = static_cast<std::int64_t>(option.initial);
    add_integer(command_, option.flag, low, high, value == most ? "never" : std::to_string(value), option.help, set)
        ->group(heading(option));
}

void SettingsOptions::add_word(const nib_option_info& option, Part part)
{
    const auto set = [this, &option, part](int value) {
        if (value == 0 && std::strcmp(option.name, "batchnorm") == 0) overrides_.push_back(drop_output_batchnorm);
        overrides_.push_back([=, &option](Settings& settings) { set_whole(option, part(settings), value); });
    };
    const std::span<const char* const> words(option.words, option.word_count);
    add_choice(command_, option.flag, words, word_of(option, static_cast<std::int64_t>(option.initial)), option.help,
               set)
        ->group(heading(option));
}

void SettingsOptions::check_effects(OptionInfos infos, const void* options) const
{
    for (const nib_option_info& option : infos) {
        if (option.flag == nullptr || has_effect(infos, option, options)) continue;
        const nib_option_info& needed = find_option(infos, option.needs[0]);
        check_effect(command_, option.flag, false,
                     std::string("without ") + needed.flag + " " + word_of(needed, option.needed_value));
    }
}

std::string SettingsOptions::given_of_model() const
{
    for (const nib_option_info& option : model_infos())
        if (option.flag != nullptr && command_.count(option.flag) > 0) return option.flag;
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
    check_effects(model_infos(), &settings.model);
    check_effects(train_infos(), &settings.train);
    if (!resumed || command_.count("--preset") > 0 || command_.count("--warmup") > 0) fit_warmup(settings.train);
    const nib_train_options& t = settings.train;
    if (command_.count("--lr-min") > 0 && t.min_learning_rate > t.learning_rate)
        throw CLI::ValidationError("--lr-min", text_of(t.min_learning_rate) + ": expected the learning rate, " +
                                                   text_of(t.learning_rate) + ", at most");
    return settings;
}

} // namespace nib::cli
