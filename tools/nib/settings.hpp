// What is trained and how: a preset, and the options that override it.
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

// What the defaults of a table go by.
struct TableFacts {
    std::int64_t examples; // of the training split
    bool has_classes;      // else there are numbers to learn
};

struct Settings {
    nib_model_options model; // whose texts are lasting
    nib_train_options train;
};

// Where an instance lies must not change: the command's options write into it.
class SettingsOptions {
public:
    // network_alone: the command has the options that describe a network and its input, but none of the random stream
    // or of training.
    explicit SettingsOptions(CLI::App& command, bool network_alone = false);
    SettingsOptions(const SettingsOptions&) = delete;
    SettingsOptions& operator=(const SettingsOptions&) = delete;

    // The preset with the overrides that were given; without a preset, those of the run that goes on, if there is one,
    // or those of a table. Throws Failure for an option that would have no effect, and for a file of a text that cannot
    // be read. table: none where the data are text.
    Settings settings(const std::optional<Settings>& resumed, const std::optional<TableFacts>& table = {}) const;

    // Without --preset and --steps, no more steps than go through a text's training split of so many examples twelve
    // times, which is what the default preset's are on names.txt: more learn a small text by heart. A note says so.
    void fit_text(nib_train_options& train, std::int64_t examples) const;

    // The network and its input, likewise.
    nib_model_options model_options() const;

    // Whether --preset names a stage of the lecture, whose lines are the lecture's own.
    bool is_of_lecture() const { return preset_.starts_with("lecture-"); }

    // The first option on the command line that says what the model is, or how it is drawn; empty if there is none.
    std::string given_of_model() const;

    // The first option that describes a network without saying of which preset; empty if there is none.
    std::string given_of_template() const;

    // The library's error, which names a text's place in it: of a text from a file, by the file.
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
