#include "settings.hpp"

#include "choice.hpp"
#include "failure.hpp"
#include "network_text.hpp"
#include "options.hpp"
#include "streams.hpp"

#include "nib/nib.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

namespace nib::cli {
namespace {

constexpr const char* off_on[] = {"off", "on"};
constexpr char multilayer_perceptron[] = "mlp"; // the preset that --hidden and similar options modify

// The options without a preset.
nib_train_options table_training()
{
    Settings settings{sized<nib_model_options>(), sized<nib_train_options>()};
    check(nib_preset(multilayer_perceptron, &settings.model, &settings.train));
    settings.train.batch_size = 32;
    settings.train.weight_decay = 0.01;
    return settings.train;
}

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
void drop_output_batchnorm(MlpTemplate& network)
{
    if (network.output_batchnorm == 0) return;
    network.output_batchnorm = 0;
    network.output_gain *= network.output_bn_gain;
}

// A network for a list of several: the items up to the last one that fits.
std::string beginning_of(const std::string& network)
{
    constexpr std::size_t most = 200;
    return network.size() <= most ? network : network.substr(0, network.rfind(", ", most)) + ", ...";
}

// The words of a text, for its option's help.
constexpr const char* help_of_network = "the layers, separated by commas or line ends;\n"
                                        "@FILE: read them from a text file [the preset's]:\n"
                                        "  embedding N\n"
                                        "  flatten\n"
                                        "  linear N bias=on|off init=scaled|fan-in gain=X "
                                        "bias-init=X; without N if it is the last one\n"
                                        "  conv1d N K, conv2d N K|HxW stride=S padding=P dilation=D groups=G "
                                        "bias=on|off gain=X\n"
                                        "  maxpool K|HxW stride=S padding=P, avgpool likewise\n"
                                        "  global-average\n"
                                        "  batchnorm eps=X momentum=X variance=biased|unbiased "
                                        "running=variance|std gain=X\n"
                                        "  layernorm eps=X\n"
                                        "  rmsnorm eps=X\n"
                                        "  dropout P of=numbers|channels\n"
                                        "  residual(LAYERS), residual(LAYERS | LAYERS)\n"
                                        "  standardize, unscale: for a table, first and last\n"
                                        "  N x (LAYERS)\n"
                                        "  # a comment, to the end of its line";

// The activations as words of a network, several on a line.
std::string activation_help()
{
    std::string words;
    for (const char* word : activation_names) {
        const bool is_form = std::strcmp(word, activation_names[NIB_GELU_TANH]) == 0;
        words += (words.empty() ? "" : ", ") + std::string(is_form ? "gelu form=tanh" : word);
    }
    return "\n  " + words;
}

std::string read_text_file(const std::string& path)
{
    constexpr std::size_t most = std::size_t{1} << 20; // above the library's own limit, which has its own message
    Input input = read_input(path, most);
    if (input.bytes.find('\0') != std::string::npos)
        throw Failure(input.name + ": has a byte of 0, expected a text", exit_usage);
    return std::move(input.bytes);
}

// A count that has no limit of its own has one on the command line.
std::pair<std::int64_t, std::int64_t> limits(const nib_option_info& option)
{
    const auto end = static_cast<double>(most);
    return {static_cast<std::int64_t>(std::max(option.low, -end)),
            static_cast<std::int64_t>(std::min(option.high, end))};
}

// The heading of a group whose defaults a preset replaces says where they come from.
std::string heading(const nib_option_info& option)
{
    return std::string(option.group) + " (defaults: those of the preset `mlp`)";
}

} // namespace

SettingsOptions::SettingsOptions(CLI::App& command, bool network_alone) : command_(command)
{
    const Part network = [](Draft& draft) -> void* { return &draft.network; };
    const Part model = [](Draft& draft) -> void* { return &draft.settings.model; };
    const Part train = [](Draft& draft) -> void* { return &draft.settings.train; };
    add_preset();
    const auto is_of_network = [](const nib_option_info& option) {
        return std::strcmp(option.name, "network") == 0 || std::strcmp(option.name, "input") == 0;
    };
    for (const nib_option_info& option : model_infos())
        if (is_of_network(option)) add(option, model);
    add_context();
    for (const nib_option_info& option : template_infos()) add(option, network);
    if (network_alone) return;
    for (const nib_option_info& option : model_infos())
        if (!is_of_network(option)) add(option, model);
    for (const nib_option_info& option : train_infos()) add(option, train);
    add_table();
}

// Adds the options of a table, beside those for both kinds of data.
void SettingsOptions::add_table()
{
    const char* const group = "Training on a table";
    cli::add_number(command_, "--epochs", {0, HUGE_VAL, true, true}, "40", "passes over the training split",
                    [this](double epochs) { epochs_ = epochs; })
        ->group(group);
    add_choice(command_, "--scale", off_on, "on",
               "on: the network begins with `standardize` and, if numbers\nare learned, ends with `unscale`",
               [this](int value) { scales_ = value != 0; })
        ->group(group);
}

void SettingsOptions::add_preset()
{
    const std::vector<const char*> names = preset_names();
    std::string help = "options to start from; others override them [" + preset_ + "]:";
    for (const char* name : names) {
        help += std::string("\n  ") + name + "\n    " + beginning_of(preset(name).model.network);
    }
    const auto set = [this](int index) { preset_ = nib_preset_name(static_cast<std::size_t>(index)); };
    add_choice(command_, "--preset", names, "", help, set)->type_name("NAME");
}

void SettingsOptions::add_context()
{
    add_integer(command_, "--context", 1, 256, "the preset's",
                "symbols that the network sees; the same as\n--input 'symbols context=N'",
                [this](std::int64_t context) { context_ = context; })
        ->group(heading(model_infos().front()));
}

void SettingsOptions::add(const nib_option_info& option, Part part)
{
    if (option.flag == nullptr) return;
    if (option.word_count > 0)
        add_word(option, part);
    else if (option.kind == NIB_OPTION_TEXT)
        add_text(option, part);
    else if (option.kind == NIB_OPTION_DOUBLE)
        add_number(option, part);
    else
        add_whole(option, part);
}

void SettingsOptions::add_number(const nib_option_info& option, Part part)
{
    const auto set = [this, &option, part](double value) {
        overrides_.push_back([=, &option](Draft& draft) { set_real(option, part(draft), value); });
    };
    const Range range = {option.low, option.high, option.low_excluded != 0, option.high_excluded != 0};
    cli::add_number(command_, option.flag, range, text_of(option.initial), option.help, set)->group(heading(option));
}

void SettingsOptions::add_whole(const nib_option_info& option, Part part)
{
    const auto set = [this, &option, part](std::int64_t value) {
        overrides_.push_back([=, &option](Draft& draft) { set_whole(option, part(draft), value); });
    };
    const auto [low, high] = limits(option);
    const auto value = static_cast<std::int64_t>(option.initial);
    add_integer(command_, option.flag, low, high, value == most ? "never" : std::to_string(value), option.help, set)
        ->group(heading(option));
}

void SettingsOptions::add_word(const nib_option_info& option, Part part)
{
    const auto set = [this, &option, part](int value) {
        if (value == 0 && std::strcmp(option.name, "batchnorm") == 0)
            overrides_.push_back([](Draft& draft) { drop_output_batchnorm(draft.network); });
        overrides_.push_back([=, &option](Draft& draft) { set_whole(option, part(draft), value); });
    };
    const std::span<const char* const> words(option.words, option.word_count);
    add_choice(command_, option.flag, words, word_of(option, static_cast<std::int64_t>(option.initial)), option.help,
               set)
        ->group(heading(option));
}

void SettingsOptions::add_text(const nib_option_info& option, Part part)
{
    const auto set = [this, &option, part](const std::string& given) {
        const bool in_file = given.starts_with('@');
        if (in_file) files_[option.name] = given.substr(1);
        if (given == "@") throw CLI::ValidationError(option.flag, "'@': expected the path of a file behind it");
        overrides_.push_back([=, &option](Draft& draft) {
            set_text(option, part(draft), lasting(in_file ? read_text_file(given.substr(1)) : given));
        });
    };
    const bool is_network = std::strcmp(option.name, "network") == 0;
    const std::string help = is_network
                                 ? help_of_network + activation_help()
                                 : std::string(option.help) + "; @FILE: a text file [" +
                                       (*option.initial_text == '\0' ? "by the data" : option.initial_text) + "]";
    command_.add_option_function<std::string>(option.flag, set, help)->type_name("TEXT|@FILE")->group(heading(option));
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

// Without --preset, options of a multilayer perceptron select its preset.
std::string SettingsOptions::used_preset() const
{
    return has_preset() || first_given(template_infos()).empty() ? preset_ : multilayer_perceptron;
}

std::string SettingsOptions::given_of_template() const
{
    return command_.count("--preset") > 0 ? "" : first_given(template_infos());
}

std::string SettingsOptions::first_given(OptionInfos infos) const
{
    for (const nib_option_info& option : infos)
        if (option.flag != nullptr && command_.count(option.flag) > 0) return option.flag;
    return "";
}

std::string SettingsOptions::given_of_model() const
{
    for (const std::string& given : {first_given(model_infos()), first_given(template_infos())})
        if (!given.empty()) return given;
    return context_ ? "--context" : "";
}

nib::error SettingsOptions::located(const nib::error& error) const
{
    const std::string sentence = error.what();
    for (const auto& [option, file] : files_) {
        const bool is_of_it = sentence.starts_with(option) && sentence.find_first_of(",:") == option.size();
        if (is_of_it)
            return {error.status(),
                    (file == standard_stream ? "standard input" : file) + sentence.substr(option.size())};
    }
    return error;
}

// The options that describe a template replace the text of the network.
void SettingsOptions::apply_template(Draft& draft, bool is_table) const
{
    const std::string given = first_given(template_infos());
    if (given.empty()) return;
    if (is_table && command_.count("--embedding") > 0)
        throw CLI::ValidationError("--embedding", "has no effect on a table, which has no symbols");
    if (command_.count("--network") > 0)
        throw CLI::ValidationError(given, "has no effect beside --network, which describes all of it");
    if (command_.count("--preset") > 0 && !template_of(preset_))
        throw CLI::ValidationError(given, "has no effect on --preset " + preset_ +
                                              ", whose network is another kind: --network takes its place");
    check_effects(template_infos(), &draft.network);
    draft.settings.model.network = lasting(is_table ? text_of_rows(draft.network) : text_of(draft.network));
}

// An input that was given with its context keeps it, and then has two: the library refuses that.
std::string SettingsOptions::with_context(const std::string& input) const
{
    std::string text = input;
    const std::size_t own = command_.count("--input") > 0 ? text.npos : text.find(" context=");
    if (own != text.npos) text.erase(own, text.find(' ', own + 1) - own);
    text.insert(std::min(text.find_first_of("#\r\n"), text.size()), " context=" + std::to_string(*context_));
    return text;
}

// A warm-up that does not end within the run would leave a network that has hardly learnt. The preset's warm-up is
// meant for its own number of steps.
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

SettingsOptions::Draft SettingsOptions::drafted(const std::optional<Settings>& resumed,
                                                const std::optional<TableFacts>& table) const
{
    Draft draft{resumed && !has_preset() ? *resumed : preset(used_preset()), {}};
    if (has_preset()) draft.network = template_of(preset_).value_or(MlpTemplate());
    const bool is_new_table = table && !resumed && !has_preset();
    if (is_new_table) {
        draft.network = template_of_rows();
        draft.settings = {draft.settings.model, table_training()};
        draft.settings.model.network = lasting(text_of_rows(draft.network));
        draft.settings.model.input = "floats";
    }
    for (const auto& override_field : overrides_) override_field(draft);
    apply_template(draft, table.has_value());
    if (is_new_table || (table && epochs_)) fit_table(draft.settings, *table);
    if (context_ && table) throw CLI::ValidationError("--context", "has no effect on a table, which has no symbols");
    nib_model_options& model = draft.settings.model;
    if (context_) model.input = lasting(with_context(model.input));
    return draft;
}

void SettingsOptions::fit_text(nib_train_options& train, std::int64_t examples) const
{
    if (has_preset() || command_.count("--steps") > 0) return;
    constexpr double epochs = 12;
    constexpr std::int64_t least = 500;
    const auto enough = static_cast<std::int64_t>(std::ceil(epochs * static_cast<double>(examples) / train.batch_size));
    if (std::max(enough, least) >= train.steps) return;
    train.steps = std::max(enough, least);
    note("%lld steps, as there are %lld training examples; --steps sets them", static_cast<long long>(train.steps),
         static_cast<long long>(examples));
}

nib_model_options SettingsOptions::model_options() const { return drafted({}).settings.model; }

// Sets a table's own words and its number of steps.
void SettingsOptions::fit_table(Settings& settings, const TableFacts& table) const
{
    if (epochs_ && command_.count("--steps") > 0)
        throw CLI::ValidationError("--epochs", "has no effect beside --steps");
    nib_train_options& train = settings.train;
    if (command_.count("--steps") == 0) {
        const double examples = epochs_.value_or(40) * static_cast<double>(table.examples);
        train.steps = std::clamp<std::int64_t>(std::llround(std::ceil(examples / train.batch_size)), 1, most);
    }
    if (command_.count("--warmup") == 0) train.warmup_steps = std::min<std::int64_t>(200, train.steps / 20);
    const std::string network = settings.model.network;
    const std::vector<TextLayer> layers = layers_of(network);
    const auto has = [&](const char* word) {
        return std::any_of(layers.begin(), layers.end(), [&](const TextLayer& layer) { return layer.word == word; });
    };
    if (!scales_ || has("standardize") || has("unscale")) return;
    settings.model.network = lasting("standardize, " + network + (table.has_classes ? "" : ", unscale"));
}

Settings SettingsOptions::settings(const std::optional<Settings>& resumed, const std::optional<TableFacts>& table) const
{
    for (const char* option : {"--epochs", "--scale", "--class-weights"})
        check_effect(command_, option, table.has_value(), "on a text");
    const bool has_preset = this->has_preset();
    Settings settings = drafted(resumed, table).settings;
    check_effects(model_infos(), &settings.model);
    check_effects(train_infos(), &settings.train);
    if (!resumed || has_preset || command_.count("--warmup") > 0) fit_warmup(settings.train);
    const nib_train_options& t = settings.train;
    if (command_.count("--lr-min") > 0 && t.min_learning_rate > t.learning_rate)
        throw CLI::ValidationError("--lr-min", text_of(t.min_learning_rate) + ": expected the learning rate, " +
                                                   text_of(t.learning_rate) + ", at most");
    return settings;
}

} // namespace nib::cli
