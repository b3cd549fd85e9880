#include "table.hpp"

#include "choice.hpp"
#include "failure.hpp"
#include "options.hpp"
#include "streams.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace nib::cli {
namespace {

constexpr const char* group = "Table";
constexpr const char* missing_names[] = {"error", "mean"};
constexpr const char* task_names[] = {"auto", "classify", "regress"};
constexpr const char* header_names[] = {"auto", "yes", "no"};
constexpr const char* separator_names[] = {"auto", "comma", "semicolon", "tab"};
constexpr char separators[] = {'\0', ',', ';', '\t'};

// Parses "0.8,0.1,0.1": the shares of training, validation and test.
void set_split(const char* option, const std::string& text, nib_table_options& options)
{
    double shares[3] = {0, 0, 0};
    const char *at = text.data(), *const end = at + text.size();
    for (std::size_t i = 0; i < 3; ++i) {
        const auto [next, error] = std::from_chars(at, end, shares[i]);
        const bool ends = error == std::errc() && (i == 2 ? next == end : next != end && *next == ',');
        if (!ends || !(shares[i] >= 0 && shares[i] <= 1)) at = nullptr;
        if (at == nullptr) break;
        at = next + 1;
    }
    if (at == nullptr || std::fabs(shares[0] + shares[1] + shares[2] - 1) > 1e-6 || shares[0] == 0)
        throw CLI::ValidationError(option, "'" + text +
                                               "': expected three shares of the rows that add up to 1, for training "
                                               "(above 0), validation and test: 0.8,0.1,0.1");
    options.val = shares[1];
    options.test = shares[2];
}

} // namespace

TableOptions::TableOptions(CLI::App& command, Use use) : command_(command), options_(defaults<nib_table_options>())
{
    if (use == Use::learn) add_learning();
    if (use != Use::read) add_sharing(use == Use::learn ? "--split" : "--shares");
    add_reading();
    if (use == Use::learn)
        command.add_flag("--text", is_text_, "DATA is text of one item a line, whatever it looks like")->group(group);
}

void TableOptions::add(CLI::Option* option)
{
    option->group(group);
    names_.push_back(option->get_name());
}

void TableOptions::add_learning()
{
    const auto strings = [&](const char* name, std::vector<std::string>& to, const char* help) {
        add(command_.add_option(name, to, help)
                ->delimiter(',')
                ->take_all()
                ->allow_extra_args(false)
                ->type_name("COLUMN"));
    };
    strings("--target", targets_,
            "column to learn, by name or by number from 1; for several,\nseparate them with commas or repeat the "
            "option");
    strings("--drop", drops_, "columns to leave out, given in the same way");
    add(add_choice(command_, "--task", task_names, "auto", "auto: words, and whole numbers of few values, are classes",
                   [this](int value) { options_.task = static_cast<nib_task>(value); }));
    add(add_choice(
        command_, "--missing", missing_names, "error",
        "cells that are empty, NA or NaN; mean: they become the\ncolumn's mean, and one more column marks them",
        [this](int value) { options_.missing = static_cast<nib_missing>(value); }));
    add(add_path(command_, "--val", given_files_.val, "table of the validation split; DATA is then only for\ntraining")
            ->type_name("FILE"));
    add(add_path(command_, "--test", given_files_.test, "table of the test split; DATA is then only for training")
            ->type_name("FILE"));
}

void TableOptions::add_sharing(const char* shares)
{
    add(command_
            .add_option_function<std::string>(
                shares, [this, shares](const std::string& text) { set_split(shares, text, options_); },
                "shares of the rows for training, validation and test\n[0.8,0.1,0.1]")
            ->type_name("X,X,X"));
    add(add_integer(command_, "--split-seed", 0, UINT32_MAX, "42", "seed of the order in which rows are shared out",
                    [this](std::int64_t value) { options_.seed = static_cast<std::uint32_t>(value); }));
}

void TableOptions::add_reading()
{
    add(add_path(command_, "--labels", given_files_.labels, "labels' file of IDX images [the one beside them]")
            ->type_name("FILE"));
    add(add_choice(command_, "--header", header_names, "auto", "whether a CSV's first row has the columns' names",
                   [this](int value) { options_.header = static_cast<nib_csv_header>(value); }));
    add(add_choice(command_, "--separator", separator_names, "auto", "separator of a CSV's cells",
                   [this](int value) { options_.separator = separators[value]; }));
}

std::string TableOptions::given() const
{
    for (const std::string& name : names_)
        if (command_.count(name) > 0) return name;
    return "";
}

bool TableOptions::is_table(const std::string& path) const
{
    const std::string option = given();
    if (!option.empty()) check_effect(command_, option, !is_text_, "beside --text");
    if (is_text_) return false;
    return !option.empty() || nib_looks_like_table(path.c_str()) != 0;
}

// Takes from usual everything that the command line does not give.
void TableOptions::take(const TableSource& usual, nib_table_options& options, TableSource& files) const
{
    const auto is_given = [&](const char* name) { // another option of the command may have this name
        return std::find(names_.begin(), names_.end(), name) != names_.end() && command_.count(name) > 0;
    };
    if (!is_given("--split") && !is_given("--shares") && !is_given("--val") && !is_given("--test")) {
        options.val = usual.val_share;
        options.test = usual.test_share;
        files.val = usual.val;
        files.test = usual.test;
    }
    if (!is_given("--split-seed")) options.seed = usual.seed;
    if (!is_given("--labels")) files.labels = usual.labels;
    if (!is_given("--header")) options.header = usual.header;
    if (!is_given("--separator")) options.separator = usual.separator;
}

nib_table_options TableOptions::options(const TableSource* usual)
{
    const auto point = [](const std::vector<std::string>& texts, std::vector<const char*>& pointers) {
        pointers.clear();
        for (const std::string& each : texts) pointers.push_back(each.c_str());
        return pointers.empty() ? nullptr : pointers.data();
    };
    nib_table_options options = options_;
    files_ = given_files_;
    if (usual != nullptr) take(*usual, options, files_);
    options.targets = point(targets_, target_pointers_);
    options.target_count = targets_.size();
    options.drop = point(drops_, drop_pointers_);
    options.drop_count = drops_.size();
    const auto path = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
    options.labels = path(files_.labels);
    options.val_path = path(files_.val);
    options.test_path = path(files_.test);
    return options;
}

} // namespace nib::cli
