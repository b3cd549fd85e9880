// The model and its training as requested: a preset, and the options that override it.
#pragma once

#include "mlp_template.hpp"
#include "option_infos.hpp"
#include "options.hpp"

#include "nib/nib.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nib::cli {

// The facts on which a table's defaults depend.
struct TableFacts {
    std::int64_t examples; // of the training split
    bool has_classes;      // otherwise there are numbers to learn
};

struct Settings {
    nib_model_options model; // its texts live as long as the program
    nib_train_options train;
};

// An instance must not move: the command's options write into it.
class SettingsOptions {
public:
    // network_alone: the command has only the options that describe a network and its input, not those of the random
    // stream or of training.
    explicit SettingsOptions(CLI::App& command, bool network_alone = false);
    SettingsOptions(const SettingsOptions&) = delete;
    SettingsOptions& operator=(const SettingsOptions&) = delete;

    // The preset with the given overrides. Without a preset, the settings of the run that is resumed, if there is one,
    // or those for a table. Throws Failure for an option that would have no effect, and for a text file that cannot be
    // read. table: none if the data are text.
    Settings settings(const std::optional<Settings>& resumed, const std::optional<TableFacts>& table = {}) const;

    // Without --preset and --steps, limits the steps to twelve passes through a text's training split of this many
    // examples, as many as the default preset makes on names.txt: more steps memorise a small text. A note says so.
    void fit_text(nib_train_options& train, std::int64_t examples) const;

    // The network and its input, likewise.
    nib_model_options model_options() const;

    // Whether --preset names a stage of the lecture, whose log lines are the lecture's own.
    bool is_of_lecture() const { return preset_.starts_with("lecture-"); }

    // The first option on the command line that defines the model, or how it is initialised; empty if there is none.
    std::string given_of_model() const;

    // The first option that describes a network without naming its preset; empty if there is none.
    std::string given_of_template() const;

    // The library's error, which names a place in a text; if the text is from a file, the result names the file.
    nib::error located(const nib::error& error) const;

private:
    // The options write into this.
    struct Draft {
        Settings settings;
        MlpTemplate network;
    };
    using Part = void* (*)(Draft&); // the struct that an option is a member of

    Draft drafted(const std::optional<Settings>& resumed, const std::optional<TableFacts>& table = {}) const;
    bool has_preset() const { return command_.count("--preset") > 0; }
    std::string used_preset() const;
    void add_preset();
    void add_table();
    void fit_table(Settings& settings, const TableFacts& table) const;
    void add_context();
    void add(const nib_option_info& option, Part part);
    void add_number(const nib_option_info& option, Part part);
    void add_whole(const nib_option_info& option, Part part);
    void add_word(const nib_option_info& option, Part part);
    void add_text(const nib_option_info& option, Part part);
    void apply_template(Draft& draft, bool is_table) const;
    std::string with_context(const std::string& input) const;
    std::string first_given(OptionInfos infos) const;
    void check_effects(OptionInfos infos, const void* options) const;
    void fit_warmup(nib_train_options& train) const;

    CLI::App& command_;
    std::string preset_ = "default";
    std::optional<std::int64_t> context_;
    std::optional<double> epochs_;
    bool scales_ = true;
    std::map<std::string, std::string> files_;           // of the texts that are in files, by their options' names
    std::vector<std::function<void(Draft&)>> overrides_; // in the order in which the options were added, not given
};

} // namespace nib::cli
