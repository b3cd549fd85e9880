// What is trained and how: a preset, and the options that override it.
#pragma once

#include "options.hpp"

#include "nib/nib.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
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
    void add_network();
    void add_initialisation();
    void add_training();
    void check_effects(const Settings& settings) const;
    void fit_warmup(nib_train_options& train) const;

    // at: the field of one of the two structs that the option overrides, a pointer to a member.
    template <class At>
    void integer(const char* name, std::int64_t low, std::int64_t high, At at, const char* help);
    template <class At>
    void number(const char* name, const Range& range, At at, const char* help);
    template <class At>
    void choice(const char* name, std::span<const char* const> names, At at, const char* help);

    CLI::App& command_;
    std::string preset_ = "default";
    Settings defaults_;                                     // what the help shows
    std::string group_;                                     // what the help puts the next options under
    std::vector<std::function<void(Settings&)>> overrides_; // in the order in which the options were added, not given
};

} // namespace nib::cli
