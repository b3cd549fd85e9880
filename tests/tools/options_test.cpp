// The program's options that tables describe, the library's and the template's: each sets its member, is reported, and
// is refused outside its range.
#include "nib/nib.hpp"

#include "catch.hpp"
#include "tools/run.hpp"

#include "../tools/nib/mlp_template.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

struct Table {
    std::string key; // in the record of a run; empty: the template's, from which the network there is made
    std::vector<nib_option_info> options;
};

std::vector<Table> tables_of_library()
{
    return {{"model", nib::model_option_infos()}, {"train", nib::train_option_infos()}};
}

std::vector<Table> tables()
{
    const nib::cli::OptionInfos infos = nib::cli::template_infos();
    std::vector<Table> all = tables_of_library();
    all.push_back({"", {infos.begin(), infos.end()}});
    return all;
}

const nib_option_info& named(const Table& table, const std::string& name)
{
    for (const nib_option_info& option : table.options)
        if (option.name == name) return option;
    throw std::runtime_error("there is no option " + name);
}

std::string shortest(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
}

// A small value, as one types it, that is not the initial one.
std::string another(const nib_option_info& option)
{
    if (option.word_count > 0) return option.words[option.initial == 0 ? 1 : 0];
    const std::string name = option.name;
    if (name == "network") return "embedding 2, flatten, linear 4, tanh, linear";
    if (name == "loss") return "cross-entropy smoothing=0.25";
    if (option.kind == NIB_OPTION_TEXT) return "symbols context=4";
    if (option.kind == NIB_OPTION_DOUBLE) return shortest(option.initial > 0 ? option.initial / 2 : 0.001953125);
    return std::to_string(static_cast<std::int64_t>(option.low) + (option.low + 1 == option.initial ? 2 : 1));
}

std::vector<std::string> just_outside(const nib_option_info& option)
{
    if (option.word_count > 0) return {"nothing", "0", ""};
    std::vector<std::string> values = {"", "x", "nan", "inf", another(option) + "x"};
    if (option.kind == NIB_OPTION_DOUBLE) {
        if (std::isfinite(option.low))
            values.push_back(shortest(option.low_excluded != 0 ? option.low : option.low - 1));
        if (std::isfinite(option.high))
            values.push_back(shortest(option.high_excluded != 0 ? option.high : std::nextafter(option.high, INFINITY)));
        return values;
    }
    values.push_back(std::to_string(static_cast<std::int64_t>(option.low) - 1));
    const auto high = std::isfinite(option.high) ? static_cast<std::int64_t>(option.high) : std::int64_t{1} << 40;
    values.push_back(std::to_string(high + 1));
    return values;
}

Result train(const TextFolder& folder, const std::vector<std::string>& more)
{
    std::vector<std::string> all = {
        "train", folder.names(), "--out", folder / "run", "--overwrite",       "--threads",     "1", "--steps",
        "3",     "--batch",      "17",    "--input",      "symbols context=3", "--stats-every", "0"};
    if (std::find(more.begin(), more.end(), "--network") == more.end())
        all.insert(all.end(), {"--hidden", "3", "--embedding", "3"});
    all.insert(all.end(), more.begin(), more.end());
    return run_nib(all);
}

// The option, and the options on which its effect depends.
std::vector<std::string> typed(const Table& table, const nib_option_info& option, const std::string& value)
{
    std::vector<std::string> words = {option.flag, value};
    if (option.needs[0] == nullptr) return words;
    const nib_option_info& needed = named(table, option.needs[0]);
    words.insert(words.end(), {needed.flag, needed.words[option.needed_value]});
    return words;
}

nlohmann::json run_record(const TextFolder& folder)
{
    return nlohmann::json::parse(lines_of(read_text(folder / "run/metrics.jsonl")).front());
}

// The value as in a JSON record: numbers, the words of enumerations, flags as 0 and 1.
std::string told(const nlohmann::json& value, const nib_option_info& option)
{
    if (option.kind == NIB_OPTION_FLAG) return option.words[value.get<int>()];
    if (value.is_string()) return value.get<std::string>();
    return value.is_number_float() ? shortest(value.get<double>()) : std::to_string(value.get<std::int64_t>());
}

} // namespace

TEST_CASE("each option of the command line sets its member, in the run's record and in the model")
{
    const TextFolder folder;
    for (const Table& table : tables_of_library()) {
        for (const nib_option_info& option : table.options) {
            if (option.flag == nullptr || std::string(option.name) == "class_weights") continue; // an option of a table
            const std::string value = another(option);
            INFO(option.flag << " " << value);
            const Result result = train(folder, typed(table, option, value));
            INFO(result.err);
            REQUIRE(result.exit_code == 0);
            const nlohmann::json record = run_record(folder);
            CHECK(told(record.at(table.key).at(option.name), option) == value);
            if (option.label == nullptr) continue;
            char six_digits[32] = "";
            if (option.kind == NIB_OPTION_DOUBLE) std::snprintf(six_digits, sizeof six_digits, "%g", std::stod(value));
            const std::string shown = *six_digits != '\0' ? six_digits : value;
            const std::string info = run_nib({"info", folder / "run/model.safetensors"}).out;
            std::string label = option.label;
            label.resize(14, ' ');
            contains(info, label + " " + shown);
        }
    }
}

TEST_CASE("the record of a run has every option, those without a place on the command line too")
{
    const TextFolder folder;
    REQUIRE(train(folder, {}).exit_code == 0);
    const nlohmann::json record = run_record(folder);
    for (const Table& table : tables_of_library()) {
        CHECK(record.at(table.key).size() == table.options.size());
        for (const nib_option_info& option : table.options) CHECK(record.at(table.key).count(option.name) == 1);
    }
}

TEST_CASE("each option of the command line is refused outside its range, by its name")
{
    const TextFolder folder;
    for (const Table& table : tables()) {
        for (const nib_option_info& option : table.options) {
            if (option.flag == nullptr || option.kind == NIB_OPTION_TEXT) continue; // the library reads it
            for (const std::string& value : just_outside(option)) {
                INFO(option.flag << " " << value);
                const Result result = train(folder, typed(table, option, value));
                CHECK(result.exit_code == 2);
                CHECK(result.out.empty());
                contains(result.err, std::string("nib train: error: ") + option.flag + ": '" + value + "': expected ");
            }
        }
    }
    CHECK(!std::filesystem::exists(folder / "run"));
}

TEST_CASE("the help has each option with its default")
{
    const Variable wide("COLUMNS", "1000");
    const std::string help = run_nib({"train", "--help"}).out;
    for (const Table& table : tables()) {
        for (const nib_option_info& option : table.options) {
            if (option.flag == nullptr) continue;
            const std::size_t at = help.find(std::string("  ") + option.flag + " ");
            INFO(option.flag);
            REQUIRE(at != std::string::npos);
            const std::size_t next = help.find("\n  --", at);
            const std::string entry = help.substr(at, next - at);
            char text[32];
            std::snprintf(text, sizeof text, "%.15g", option.initial);
            std::string initial = option.word_count > 0 ? option.words[static_cast<int>(option.initial)] : text;
            if (initial == "1099511627776") initial = "never";
            if (option.kind == NIB_OPTION_TEXT)
                initial = std::string(option.name) == "network" ? "the preset's"
                          : *option.initial_text == '\0'        ? "by the data"
                                                                : option.initial_text;
            contains(entry, "[" + initial + "]");
        }
    }
}

TEST_CASE("an option that has no effect is refused, and told what it needs")
{
    const TextFolder folder;
    for (const Table& table : tables()) {
        for (const nib_option_info& option : table.options) {
            if (option.flag == nullptr || option.needs[0] == nullptr) continue;
            const nib_option_info& needed = named(table, option.needs[0]);
            const int other = option.needed_value == 0 ? 1 : 0;
            const Result result = train(folder, {option.flag, another(option), needed.flag, needed.words[other]});
            CHECK(result.exit_code == 2);
            contains(result.err, std::string(option.flag) + ": has no effect without " + needed.flag + " " +
                                     needed.words[option.needed_value]);
        }
    }
}

TEST_CASE("a run that goes on is told which option is another one, as it is typed")
{
    const TextFolder folder;
    REQUIRE(train(folder, {}).exit_code == 0);
    for (const Table& table : tables()) {
        for (const nib_option_info& option : table.options) {
            const std::string name = option.name;
            // Steps may be more, and the weights of classes belong to a table.
            if (option.flag == nullptr || name == "steps" || name == "class_weights") continue;
            std::vector<std::string> words = {"train", folder.names(), "--out", folder / "run", "--resume"};
            const std::vector<std::string> more = typed(table, option, another(option));
            words.insert(words.end(), more.begin(), more.end());
            const Result result = run_nib(words);
            INFO(option.flag);
            CHECK(result.exit_code == 1);
            contains(result.err, std::string(" ") + (table.key.empty() ? "--network" : option.flag) + " is ");
            if (std::string(option.name).find('_') != std::string::npos)
                CHECK(result.err.find(option.name) == std::string::npos);
        }
    }
}
