// What is trained and how: a preset, and the options that override it.
#pragma once

#include "option_infos.hpp"
#include "options.hpp"

#include "nib/nib.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nib::cli {

struct Settings {
    nib_model_options model;
    nib_train_options train;
};

// Where an instance lies must not change: the command's options write into it.
class SettingsOptions {
public:
    explicit SettingsOptions(CLI::App& command);
    SettingsOptions(const SettingsOptions&) = delete;
    SettingsOptions& operator=(const SettingsOptions&) = delete;

    // The preset with the overrides that were given; without a preset, those of the run that goes on, if there is one.
    // Throws Failure for an option that would have no effect.
    Settings settings(const std::optional<Settings>& resumed) const;

    // The first option on the command line that says what the model is, or how it is drawn; empty if there is none.
    std::string given_of_model() const;

private:
    using Part = void* (*)(Settings&); // the struct that an option is a member of

    void add(const nib_option_info& option, Part part);
    void add_number(const nib_option_info& option, Part part);
    void add_whole(const nib_option_info& option, Part part);
    void add_word(const nib_option_info& option, Part part);
    void check_effects(OptionInfos infos, const void* options) const;
    void fit_warmup(nib_train_options& train) const;

    CLI::App& command_;
    std::string preset_ = "default";
    std::vector<std::function<void(Settings&)>> overrides_; // in the order in which the options were added, not given
};

} // namespace nib::cli
