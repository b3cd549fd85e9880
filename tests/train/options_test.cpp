// The tables of options: their ranges, as nib.h states them; every field is checked and stored in files.
#include "train/train_options.hpp"

#include "base/error.hpp"
#include "catch.hpp"
#include "error_of.hpp"
#include "io/metadata.hpp"
#include "net/model_metadata.hpp"
#include "net/model_options.hpp"
#include "net/text.hpp"
#include "networks.hpp"
#include "train/presets.hpp"
#include "train/train_metadata.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory_resource>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace nib;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// The sentence of the error that a call throws, "" for none.
template <class Call>
std::string complaint_of(Call call)
{
    try {
        call();
    } catch (const Error& error) {
        CHECK(error.status() == NIB_ERR_INVALID_ARGUMENT);
        return error.what();
    }
    return "";
}

std::string complaint(const nib_model_options& options)
{
    return complaint_of([&] { read_options(options, spec_words()); });
}

std::string complaint(const nib_train_options& options, const nib_model_options& model)
{
    const Layout layout(test::network_of(test::spec_of(model), 27));
    return complaint_of([&] { check_options(options, layout); });
}

bool begins_with(const std::string& text, const std::string& start)
{
    return text.compare(0, start.size(), start) == 0;
}

template <class Field, class Value>
void refuses_train(Field nib_train_options::*field, const char* name, std::initializer_list<Value> values)
{
    const Preset& preset = *find_preset("lecture-deep");
    for (const Value value : values) {
        nib_train_options options = preset.train;
        options.*field = static_cast<Field>(value);
        CAPTURE(name, value);
        CHECK(begins_with(complaint(options, preset.model), std::string(name) + " is "));
    }
}

// A value of the field in its range that is not the initial one.
double another(const Field& field)
{
    REQUIRE(field.kind != FieldKind::text);
    if (field.kind == FieldKind::real) {
        const double value = field.initial != 0 ? field.initial / 2 : 0.1;
        return std::isfinite(field.range.high) ? std::min(value, field.range.high) : value;
    }
    const auto [low, high] = whole_range(field);
    const auto initial = static_cast<std::int64_t>(field.initial);
    return static_cast<double>(initial < high ? initial + 1 : low);
}

// A text in printed form that is not the field's initial one.
const char* another_text(const Field& field)
{
    const std::string name = field.name;
    if (name == "network") return "embedding 5, flatten, linear";
    return name == "loss" ? "cross-entropy smoothing=0.25" : "symbols context=2";
}

void set(const Field& field, void* options, double value)
{
    if (field.kind == FieldKind::real)
        set_real(field, options, value);
    else
        set_whole(field, options, static_cast<std::int64_t>(value));
}

double value_of(const Field& field, const void* options)
{
    return field.kind == FieldKind::real ? real_of(field, options) : static_cast<double>(whole_of(field, options));
}

// Values just out of range, if the member's type can hold them.
std::vector<double> just_outside(const Field& field)
{
    if (field.kind == FieldKind::real) {
        const auto& [low, high, above_low, below_high] = field.range;
        std::vector<double> values = {infinity, not_a_number};
        if (std::isfinite(low)) values.push_back(above_low ? low : std::nextafter(low, -infinity));
        if (std::isfinite(high)) values.push_back(below_high ? high : std::nextafter(high, infinity));
        return values;
    }
    std::vector<double> values;
    if (field.kind == FieldKind::uint32 || field.kind == FieldKind::text) return values;
    const auto [low, high] = whole_range(field);
    if (low > INT32_MIN) values.push_back(static_cast<double>(low) - 1);
    if (high < INT64_MAX && high != INT32_MAX) values.push_back(static_cast<double>(high) + 1);
    return values;
}

// A file without tensors, as it would be on a disk.
Safetensors file_of(const Metadata& metadata)
{
    const std::string header = nlohmann::json{{"__metadata__", metadata}}.dump();
    Buffer<char> bytes(8 + header.size(), std::pmr::new_delete_resource());
    const std::uint64_t size = header.size();
    std::memcpy(bytes.data(), &size, 8);
    std::copy(header.begin(), header.end(), bytes.data() + 8);
    return Safetensors(std::move(bytes), "file");
}

} // namespace

TEST_CASE("every preset is in range")
{
    for (const Preset& preset : presets()) {
        CHECK(complaint(preset.model) == "");
        CHECK(complaint(preset.train, preset.model) == "");
        const bool is_of_text = preset.model.input[0] == 's';               // symbols
        if (!is_of_text || preset.name == std::string("default")) continue; // not a multilayer perceptron
        const ModelSpec preset_spec = test::spec_of(preset.model);
        const ModelSpec text_spec = test::spec_of(test::text_of_preset(preset.name)); // the text of other tests
        CHECK(print_network(preset_spec.layers) == print_network(text_spec.layers));
        CHECK(print_input(preset_spec.input) == print_input(text_spec.input));
    }
}

TEST_CASE("the message names field, value and range")
{
    nib_model_options options = find_preset("mlp")->model;
    options.network = "embedding 24, flatten, linear 65537, linear";
    CHECK(complaint(options) == "network, line 1, byte 31: width is '65537': expected a whole number, 1 to 65536");
    options = find_preset("mlp")->model;
    options.input = "symbols context=0";
    CHECK(complaint(options) == "input, line 1, byte 17: context is '0': expected a whole number, 1 to 256");
    nib_train_options train = find_preset("mlp")->train;
    train.adam_beta2 = 1;
    CHECK(complaint(train, find_preset("mlp")->model) == "adam_beta2 is 1: expected a number from 0, below 1");
}

TEST_CASE("a text that is not there is refused by its name")
{
    nib_model_options options = initial_model_options();
    options.network = nullptr;
    CHECK(complaint(options) == "network is NULL");
    options = initial_model_options();
    options.input = nullptr;
    CHECK(complaint(options) == "input is NULL");
}

TEST_CASE("each field of the training options has its range")
{
    using O = nib_train_options;
    refuses_train(&O::steps, "steps", {std::int64_t{0}, std::int64_t{-1}, (std::int64_t{1} << 40) + 1});
    refuses_train(&O::batch_size, "batch_size", {-1, 0, 1, 1048577});
    refuses_train(&O::segments, "segments", {-1, 0, 3, 257, 512});
    refuses_train(&O::optimizer, "optimizer", {2});
    refuses_train(&O::schedule, "schedule", {3});
    refuses_train(&O::learning_rate, "learning_rate", {0.0, -0.1, not_a_number, infinity});
    refuses_train(&O::decay_at, "decay_at", {-1});
    refuses_train(&O::decay_factor, "decay_factor", {0.0, not_a_number});
    refuses_train(&O::min_learning_rate, "min_learning_rate", {-0.1, not_a_number});
    refuses_train(&O::warmup_steps, "warmup_steps", {-1});
    refuses_train(&O::adam_beta1, "adam_beta1", {-0.1, 1.0, not_a_number});
    refuses_train(&O::adam_beta2, "adam_beta2", {-0.1, 1.0, not_a_number});
    refuses_train(&O::adam_eps, "adam_eps", {0.0, 1e-50, not_a_number});
    refuses_train(&O::momentum, "momentum", {-0.1, 1.0, not_a_number});
    refuses_train(&O::clip_norm, "clip_norm", {-0.1, infinity, not_a_number});
    refuses_train(&O::weight_decay, "weight_decay", {-0.1, not_a_number});
}

TEST_CASE("a batch of one is for networks without batch normalisation")
{
    nib_train_options train = find_preset("lecture-kaiming")->train;
    train.batch_size = 1;
    CHECK(complaint(train, find_preset("lecture-kaiming")->model) == "");
    CHECK(complaint(train, find_preset("lecture-batchnorm")->model) != "");
}

TEST_CASE("there is a block of sixteen examples for each segment")
{
    const nib_model_options& model = find_preset("lecture-deep")->model;
    nib_train_options train = find_preset("lecture-deep")->train;
    train.segments = 8;
    train.batch_size = 113; // seven blocks, and a part of one
    CHECK(complaint(train, model) == "");
    train.batch_size = 112;
    CHECK(complaint(train, model) ==
          "segments is 8: a batch_size of 112 has 7 blocks of 16 examples; expected 4 segments at most, or a "
          "batch_size of 113 at least");
    train.segments = 6;
    CHECK(complaint(train, model) == "segments is 6: expected a power of two");
    train.segments = 1;
    train.batch_size = 2;
    CHECK(complaint(train, model) == "");
}

TEST_CASE("each field comes back from a file's metadata, under its name")
{
    nib_model_options model = initial_model_options();
    nib_train_options train = initial_train_options();
    for (const Field& field : model_fields()) {
        if (field.kind == FieldKind::text)
            set_text(field, &model, another_text(field));
        else
            set(field, &model, another(field));
    }
    for (const Field& field : train_fields()) set(field, &train, another(field));
    Metadata metadata;
    put_options(model, metadata);
    put_options(train, metadata);
    CHECK(metadata.size() == model_fields().size() + train_fields().size());
    CHECK(metadata.at("network") == "embedding 5, flatten, linear");
    CHECK(metadata.at("input") == "symbols context=2");
    CHECK(metadata.at("seed") == "2147483648");
    CHECK(metadata.at("train.optimizer") == "sgd");

    const Safetensors file = file_of(metadata);
    const Vocabulary vocabulary(NIB_ENCODING_UTF8, {'a'});
    const Model model_read({get_options(file, spec_words()), shape_of(vocabulary)}, vocabulary,
                           std::pmr::new_delete_resource());
    const nib_train_options train_read = get_train_options(file, model_read.layout);
    const nib_model_options options_read = model_read.options();
    for (const Field& field : model_fields()) {
        INFO(field.name);
        CHECK(metadata.count(field.name) == 1);
        if (field.kind == FieldKind::text) {
            CHECK(text_of(field, &options_read) == std::string(another_text(field)));
            CHECK(another_text(field) != std::string(field.initial_text));
        } else {
            CHECK(value_of(field, &options_read) == another(field));
            CHECK(another(field) != field.initial);
        }
    }
    for (const Field& field : train_fields()) {
        INFO(field.name);
        CHECK(value_of(field, &train_read) == another(field));
        CHECK(another(field) != field.initial);
        CHECK(metadata.count(std::string("train.") + field.name) == 1);
    }
}

TEST_CASE("each field is refused outside its range by name, from a program and from a file")
{
    const nib_model_options model = initial_model_options();
    const nib_train_options train = initial_train_options();
    const auto refused = [](const std::string& key, const Metadata& good, const std::string& value, auto read) {
        Metadata bad = good;
        bad.at(key) = value;
        INFO(key << " " << value);
        const std::string said = test::error_of(NIB_ERR_FORMAT, [&] { read(file_of(bad)); });
        CHECK(begins_with(said, "file: the metadata's "));
        CHECK(said.find(key) != std::string::npos);
    };
    const auto text = [](const Field& field, double value) {
        return field.kind == FieldKind::real ? shortest(value) : std::to_string(static_cast<std::int64_t>(value));
    };
    Metadata of_model, of_train;
    put_options(model, of_model);
    put_options(train, of_train);
    const Layout layout(test::network_of(test::spec_of(model), 27));
    const auto read_model = [](const Safetensors& file) { get_options(file, spec_words()); };
    const auto read_train = [&](const Safetensors& file) { get_train_options(file, layout); };
    for (const Field& field : model_fields()) {
        const bool may_be_empty = field.initial_text != nullptr && *field.initial_text == '\0';
        for (const char* value : {"", "x", "1 ", "-1", "4294967296", "99999999999999999999999"})
            if (*value != '\0' || !may_be_empty) refused(field.name, of_model, value, read_model);
    }
    for (const Field& field : train_fields()) {
        const std::string key = std::string("train.") + field.name;
        for (const double value : just_outside(field)) {
            nib_train_options bad = train;
            set(field, &bad, value);
            CHECK(begins_with(complaint(bad, model), std::string(field.name) + " is "));
            refused(key, of_train, text(field, value), read_train);
        }
        for (const char* value : {"", "x"}) refused(key, of_train, value, read_train);
    }
}

TEST_CASE("a wrong word in a file is told the words, and the one that it may be a slip of")
{
    Metadata metadata;
    put_options(initial_model_options(), metadata);
    metadata.at("network") = "embedding 5, flatten, linear init=fanin";
    CHECK(test::error_of(NIB_ERR_FORMAT, [&] { get_options(file_of(metadata), spec_words()); }) ==
          "file: the metadata's network, line 1, byte 35: init='fanin': expected scaled or fan-in (fan-in?)");
    metadata.at("network") = "embedding 5, flaten, linear";
    CHECK(
        test::error_of(NIB_ERR_FORMAT, [&] { get_options(file_of(metadata), spec_words()); }).ends_with(" (flatten?)"));
}
