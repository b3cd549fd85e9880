// The options as the library describes them: each member of their structs once, correctly.
#include "catch.hpp"
#include "layers/list.hpp"
#include "nib/nib.hpp"
#include "paths.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::size_t size_of(nib_option_kind kind)
{
    if (kind == NIB_OPTION_TEXT) return sizeof(const char*);
    return kind == NIB_OPTION_INT64 || kind == NIB_OPTION_DOUBLE ? 8 : 4;
}

double value_of(const nib_option_info& option, const void* options)
{
    const char* const at = static_cast<const char*>(options) + option.offset;
    switch (option.kind) {
    case NIB_OPTION_UINT32:
        return *reinterpret_cast<const std::uint32_t*>(at);
    case NIB_OPTION_INT64:
        return static_cast<double>(*reinterpret_cast<const std::int64_t*>(at));
    case NIB_OPTION_DOUBLE:
        return *reinterpret_cast<const double*>(at);
    default:
        return *reinterpret_cast<const std::int32_t*>(at);
    }
}

const char* text_of(const nib_option_info& option, const void* options)
{
    return *reinterpret_cast<const char* const*>(static_cast<const char*>(options) + option.offset);
}

// Members follow each other, each at the end of the one before or at its own next alignment.
void covers(const std::vector<nib_option_info>& options, std::size_t struct_size)
{
    std::map<std::size_t, nib_option_info> by_offset;
    for (const nib_option_info& option : options) {
        INFO(option.name);
        CHECK(by_offset.emplace(option.offset, option).second);
    }
    std::size_t end = sizeof(std::size_t); // of struct_size
    for (const auto& [offset, option] : by_offset) {
        INFO(option.name);
        const std::size_t size = size_of(option.kind);
        CHECK(offset == (end + size - 1) / size * size);
        end = offset + size;
    }
    CHECK((end + 7) / 8 * 8 == struct_size);
}

const nib_option_info& named(const std::vector<nib_option_info>& options, const std::string& name)
{
    for (const nib_option_info& option : options)
        if (option.name == name) return option;
    throw std::runtime_error("there is no option " + name);
}

} // namespace

TEST_CASE("every member of the two structs is described once")
{
    covers(nib::model_option_infos(), sizeof(nib_model_options));
    covers(nib::train_option_infos(), sizeof(nib_train_options));
}

TEST_CASE("names and flags are told apart, and what one option needs is another of the same struct")
{
    std::set<std::string> flags;
    for (const auto& options : {nib::model_option_infos(), nib::train_option_infos()}) {
        std::set<std::string> names;
        for (const nib_option_info& option : options) {
            INFO(option.name);
            CHECK(names.insert(option.name).second);
            CHECK(std::string(option.help) != "");
            CHECK((option.flag == nullptr) == (option.group == nullptr));
            if (option.flag != nullptr) {
                CHECK(std::string(option.flag).substr(0, 2) == "--");
                CHECK(flags.insert(option.flag).second);
            }
            const bool has_words = option.kind == NIB_OPTION_WORD || option.kind == NIB_OPTION_FLAG;
            CHECK((option.words != nullptr) == has_words);
            if (has_words) CHECK(option.high == static_cast<double>(option.word_count) - 1);
        }
        for (const nib_option_info& option : options) {
            if (option.flag != nullptr && option.needs[0] != nullptr)
                CHECK(named(options, option.needs[0]).flag != nullptr); // messages name it
            for (const char* need : option.needs) {
                if (need == nullptr) continue;
                CHECK(named(options, need).word_count > 0);
                CHECK(named(options, need).low <= option.needed_value);
                CHECK(named(options, need).high >= option.needed_value);
            }
        }
    }
}

TEST_CASE("the initial values are those of the preset mlp, and in range")
{
    const nib::recipe recipe("mlp");
    const auto check = [](const std::vector<nib_option_info>& options, const void* values) {
        for (const nib_option_info& option : options) {
            INFO(option.name);
            CHECK((option.initial_text != nullptr) == (option.kind == NIB_OPTION_TEXT));
            if (option.kind == NIB_OPTION_TEXT) {
                CHECK(std::string(text_of(option, values)) == option.initial_text);
                continue;
            }
            CHECK(value_of(option, values) == option.initial);
            CHECK((option.low_excluded != 0 ? option.initial > option.low : option.initial >= option.low));
            CHECK((option.high_excluded != 0 ? option.initial < option.high : option.initial <= option.high));
        }
    };
    check(nib::model_option_infos(), &recipe.model);
    check(nib::train_option_infos(), &recipe.train);
}

TEST_CASE("an option is told as nib.h has it")
{
    const auto model = nib::model_option_infos(), train = nib::train_option_infos();
    const nib_option_info& network = named(model, "network");
    CHECK(network.offset == offsetof(nib_model_options, network));
    CHECK(network.kind == NIB_OPTION_TEXT);
    CHECK(std::string(network.flag) == "--network");
    CHECK(network.needs[0] == nullptr);
    CHECK(std::string(named(model, "input").initial_text) == "symbols");

    const nib_option_info& schedule = named(train, "schedule");
    CHECK(schedule.offset == offsetof(nib_train_options, schedule));
    CHECK(schedule.kind == NIB_OPTION_WORD);
    REQUIRE(schedule.word_count == 3);
    CHECK(std::string(schedule.words[NIB_SCHEDULE_COSINE]) == "cosine");
    CHECK(std::string(schedule.words[NIB_SCHEDULE_CONSTANT]) == "constant");
    CHECK(schedule.initial == static_cast<double>(NIB_SCHEDULE_COSINE));
    CHECK(std::string(named(train, "decay_at").needs[0]) == "schedule");
    CHECK(named(train, "decay_at").needed_value == NIB_SCHEDULE_STEP);
    CHECK(named(train, "adam_beta1").flag == nullptr);
    CHECK(named(train, "learning_rate").low == 0);
    CHECK(named(train, "learning_rate").low_excluded == 1);
    CHECK(named(train, "batch_size").low_excluded == 0);
    CHECK(named(model, "seed").kind == NIB_OPTION_UINT32);
    CHECK(named(model, "seed").high == 4294967295.0);
    CHECK(std::isinf(named(train, "decay_at").high));
    CHECK(named(train, "steps").high == 1099511627776.0);
    CHECK(named(train, "adam_beta1").high_excluded == 1);
    CHECK(named(train, "weight_decay").needed_value == NIB_ADAMW);
    CHECK(named(train, "momentum").needed_value == NIB_SGD);
    CHECK(std::string(named(train, "momentum").needs[0]) == "optimizer");
}

TEST_CASE("nib.h tells of every word of a network and of an input, with its options and their words")
{
    std::ifstream file(nib::test::source_path("include/nib/nib.h"));
    std::string text(std::istreambuf_iterator<char>(file), {});
    text = text.substr(text.find("---- Networks: "));
    text = text.substr(0, text.find("*/"));
    const auto told = [&](const std::string& word) {
        INFO(word);
        const bool found = std::regex_search(text, std::regex("(^|[^a-z0-9-])" + word + "([^a-z0-9-]|$)"));
        CHECK(found);
    };
    const auto word_told = [&](const nib::SpecWord& word) {
        told(word.name);
        for (const nib::Field& key : word.keys) {
            told(key.name);
            for (const char* each : key.words) told(each);
        }
    };
    for (const nib::LayerKind* layer : nib::spec_words().layers) word_told(layer->word);
    for (const nib::InputKind* input : nib::spec_words().inputs) word_told(input->word);
}

TEST_CASE("past the last option there is none")
{
    auto info = nib::sized<nib_option_info>();
    CHECK(nib_model_option(nib::model_option_infos().size() - 1, &info) == NIB_OK);
    info.name = nullptr;
    for (const std::size_t index : {nib::model_option_infos().size(), SIZE_MAX})
        CHECK(nib_model_option(index, &info) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_train_option(nib::train_option_infos().size(), &info) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(info.name == nullptr);
}
