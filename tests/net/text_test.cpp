// The text of a network: what is read, printed and read again is the same, and each fault is reported with its place.
#include "net/text.hpp"

#include "layers/batchnorm.hpp"
#include "layers/linear.hpp"
#include "layers/list.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "io/metadata.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

std::vector<LayerSpec> parsed(const std::string& text) { return parse_network(text, spec_words()); }

// The printed form of a text, which must be read as the same items and printed unchanged.
std::string printed(const std::string& text)
{
    const std::vector<LayerSpec> items = parsed(text);
    std::string again = print_network(items);
    CHECK(parsed(again) == items);
    CHECK(print_network(parsed(again)) == again);
    return again;
}

std::string fault(const std::string& text)
{
    return error_of(NIB_ERR_INVALID_ARGUMENT, [&] { parsed(text); });
}

const LinearOptions& linear(const LayerSpec& item) { return item.options.as<LinearOptions>(); }

} // namespace

TEST_CASE("A text is printed in one line, without what is as it would be anyway")
{
    CHECK(printed("linear 5") == "linear 5");
    CHECK(printed("  linear\t5 ,tanh  ,linear") == "linear 5, tanh, linear");
    CHECK(printed("linear 5\ntanh\r\n\n  linear # the output\n") == "linear 5, tanh, linear");
    CHECK(printed("# all of it\nlinear 5,\n  tanh,\nlinear,") == "linear 5, tanh, linear");
    CHECK(printed("linear 5 # five, not (six)\n,tanh") == "linear 5, tanh");
    CHECK(printed("linear 05 gain=5/3, tanh") == "linear 5, tanh");
    CHECK(printed("linear 5 gain=10e-1, tanh") == "linear 5 gain=1, tanh");
    CHECK(printed("linear 5 bias-init=0") == "linear 5 bias-init=0");
    CHECK(printed("linear 5 bias-init=-0") == "linear 5 bias-init=0");
    CHECK(printed("linear gain=1/3 init=scaled bias=off") == "linear bias=off init=scaled gain=0.3333333333333333");
    CHECK(printed("batchnorm gain=-0.1 eps=1e-3 momentum=1") == "batchnorm eps=0.001 momentum=1 gain=-0.1");
    CHECK(printed("gelu, gelu form=tanh, gelu form=erf") == "gelu, gelu form=tanh, gelu");
}

TEST_CASE("Copies and residuals are read in any depth, and copies printed one by one")
{
    CHECK(printed("2 x (linear 5, tanh), linear") == "linear 5, tanh, linear 5, tanh, linear");
    CHECK(printed("2x(linear 5\n3 x ( tanh\n))") == "linear 5, tanh, tanh, tanh, linear 5, tanh, tanh, tanh");
    CHECK(printed("residual(linear 5, relu), tanh") == "residual(linear 5, relu), tanh");
    CHECK(printed("residual ( 2 x (relu) |\n linear 5, )") == "residual(relu, relu | linear 5)");
    CHECK(printed("residual(residual(relu | tanh) | residual(elu))") ==
          "residual(residual(relu | tanh) | residual(elu))");
    CHECK(printed("1024 x (relu)").size() == 1024 * 6 - 2);
}

TEST_CASE("Two initial values look at what follows in the same group")
{
    const auto gain = [](const std::string& text) { return linear(parsed(text).front()).gain; };
    CHECK(gain("linear 5, tanh") == 5.0 / 3);
    CHECK(gain("linear 5, batchnorm, batchnorm, relu") == std::sqrt(2.0));
    CHECK(gain("linear 5, linear 5, relu") == 1);
    CHECK(gain("linear 5, residual(relu), relu") == 1);
    CHECK(gain("linear 5") == 1);
    CHECK(linear(parsed("residual(linear 5), relu").front().main.front()).gain == 1);
    CHECK(linear(parsed("2 x (linear 5), relu")[0]).gain == 1);
    CHECK(linear(parsed("2 x (linear 5), relu")[1]).gain == std::sqrt(2.0));

    const auto bias = [](const std::string& text) { return linear(parsed(text).front()).bias; };
    CHECK(bias("linear 5, tanh") == 1);
    CHECK(bias("linear 5, batchnorm") == 0);
    CHECK(bias("linear 5 bias=on, batchnorm") == 1);
    CHECK(bias("linear 5, relu, batchnorm") == 1);
    CHECK(printed("linear 5 bias=on, batchnorm, linear 5 bias=off, batchnorm") ==
          "linear 5 bias=on, batchnorm, linear 5, batchnorm");
    // In the expanded list each linear is followed by a batchnorm.
    CHECK(printed("3 x (linear 5 bias=off), batchnorm") == "linear 5 bias=off, linear 5 bias=off, linear 5, batchnorm");
}

TEST_CASE("Each fault of a text is told with its place, the word and what was expected")
{
    const auto begins = [](const std::string& text, const std::string& wanted) {
        INFO(text);
        CHECK(fault(text).substr(0, wanted.size()) == wanted);
    };
    const auto ends = [](const std::string& text, const std::string& wanted) {
        INFO(text);
        const std::string found = fault(text);
        INFO(found);
        CHECK(found.size() >= wanted.size());
        CHECK(found.substr(found.size() - std::min(found.size(), wanted.size())) == wanted);
    };
    begins("", "network, line 1, byte 1: the end: expected a layer: embedding, flatten, linear, batchnorm, ");
    begins("linear 5, Tanh", "network, line 1, byte 11: 'Tanh': expected a layer: ");
    begins("linear 5\n  liner 6", "network, line 2, byte 3: 'liner': expected a layer: ");
    ends("liner 6", " (linear?)");
    begins("linear 5,, tanh", "network, line 1, byte 10: ',': expected a layer");
    begins(", tanh", "network, line 1, byte 1: ',': expected a layer");
    CHECK(fault("tanh relu") == "network, line 1, byte 6: 'relu': tanh has no options");
    CHECK(fault("tanh 5") == "network, line 1, byte 6: '5': expected no number behind tanh");
    CHECK(fault("linear 5 6") == "network, line 1, byte 10: '6': expected no further number behind linear");
    CHECK(fault("linear 0") == "network, line 1, byte 8: width is '0': expected a whole number, 1 to 65536");
    CHECK(fault("linear 65537") == "network, line 1, byte 8: width is '65537': expected a whole number, 1 to 65536");
    CHECK(fault("linear 1.5") == "network, line 1, byte 8: width is '1.5': expected a whole number, 1 to 65536");
    CHECK(fault("linear 99999999999999999999") == "network, line 1, byte 8: width is '99999999999999999999': expected "
                                                  "a whole number, 1 to 65536");
    CHECK(fault("linear 6/2") == "network, line 1, byte 8: width is '6/2': expected a whole number, 1 to 65536");
    const std::string sizes = "expected a whole number, 1 to 128, or two such as 3x5";
    CHECK(fault("conv2d 5 0x3") == "network, line 1, byte 10: kernel is '0x3': " + sizes);
    CHECK(fault("conv2d 5 3x3x3") == "network, line 1, byte 10: kernel is '3x3x3': " + sizes);
    CHECK(fault("conv2d 5 131075x3") == "network, line 1, byte 10: kernel is '131075x3': " + sizes);
    CHECK(fault("conv2d 5 131075") == "network, line 1, byte 10: kernel is '131075': " + sizes);
    CHECK(fault("conv1d 5 3x3") == "network, line 1, byte 10: kernel is '3x3': expected a whole number, 1 to 128");
    CHECK(fault("embedding") == "network, line 1, byte 10: the end: expected the numbers of a symbol behind embedding, "
                                "a whole number, 1 to 4096");
    CHECK(fault("linear 5 gaim=2") ==
          "network, line 1, byte 10: 'gaim': expected an option of linear: bias, init, gain or bias-init (gain?)");
    CHECK(fault("linear 5 gain") == "network, line 1, byte 14: the end: expected '=' behind gain");
    CHECK(fault("linear 5 gain=") == "network, line 1, byte 15: gain is the end: expected 0 or a number above");
    CHECK(fault("linear 5 gain=-1") == "network, line 1, byte 15: gain is '-1': expected 0 or a number above");
    CHECK(fault("linear 5 gain=1/0") == "network, line 1, byte 15: gain is '1/0': expected 0 or a number above");
    for (const char* bad : {"nan", "inf", "1e999", "+1", "1..2", "0x1", "1/", "/2", "1/2/3", "1,5e", "1e"}) {
        INFO(bad);
        const std::string found = fault("linear 5 gain=" + std::string(bad));
        const bool known = found.find("gain is") != found.npos || found.find("expected a layer") != found.npos ||
                           found.find("expected") != found.npos;
        CHECK(known);
    }
    CHECK(fault("linear 5 gain=1 gain=1") == "network, line 1, byte 17: 'gain': given twice");
    CHECK(fault("linear 5 init=fanin") ==
          "network, line 1, byte 15: init='fanin': expected scaled or fan-in (fan-in?)");
    CHECK(fault("linear 5 bias=off bias-init=1") ==
          "network, line 1, byte 1: linear: bias-init is given, but there is no bias (expected bias=on with it)");
    CHECK(fault("tanh, linear 5 bias-init=1, batchnorm") ==
          "network, line 1, byte 7: linear: bias-init is given, but there is no bias (expected bias=on with it)");
    CHECK(fault("0 x (tanh)") == "network, line 1, byte 1: '0': expected a number of copies, 1 or more, or a layer");
    CHECK(fault("2 (tanh)") == "network, line 1, byte 3: '(': expected 'x (' behind a number of copies");
    CHECK(fault("2 x tanh") == "network, line 1, byte 5: 'tanh': expected '(' and the layers to copy");
    CHECK(fault("2 x (tanh") == "network, line 1, byte 10: the end: expected a comma, a line end or ')'");
    CHECK(fault("residual tanh") == "network, line 1, byte 10: 'tanh': expected '(' and the layers of the residual");
    begins("residual()", "network, line 1, byte 10: ')': expected a layer: ");
    begins("residual(tanh |)", "network, line 1, byte 16: ')': expected a layer: ");
    begins("residual(| tanh)", "network, line 1, byte 10: '|': expected a layer: ");
    CHECK(fault("residual(tanh | relu | elu)") == "network, line 1, byte 22: '|': expected a comma, a line end or ')'");
    CHECK(fault("tanh)") == "network, line 1, byte 5: ')': expected a comma, a line end or the end of the text");
    CHECK(fault("tanh\x1b[2J") == "network, line 1, byte 5: '\\x1b[2J': expected a comma, a line end or the end of "
                                  "the text");
}

TEST_CASE("Texts without measure are refused before anything is copied")
{
    CHECK(fault("1025 x (tanh)") == "network, line 1, byte 1: '1025': more than 1024 layers");
    CHECK(fault("999999999999 x (tanh)").find("more than 1024 layers") != std::string::npos);
    CHECK(fault("32 x (33 x (tanh))").find("more than 1024 layers") != std::string::npos);
    std::string nested;
    for (int i = 0; i < 17; ++i) nested += "1024 x (";
    CHECK(fault(nested + "tanh" + std::string(17, ')')).find("nested more than 16 deep") != std::string::npos);
    std::string deep;
    for (int i = 0; i < 16; ++i) deep += "1 x (";
    CHECK(printed(deep + "tanh" + std::string(16, ')')) == "tanh");
    CHECK(fault(std::string(most_text, ' ') + "tanh") == "network: a text of 262148 bytes, expected 262144 at most");
    CHECK(fault(std::string(most_text - 4, ' ') + "tanh, relu").find("a text of") != std::string::npos);
}

namespace {

// A field's value in text form.
std::string written(const Field& field, double value)
{
    if (field.words.size() > 0) return field.words[static_cast<std::size_t>(value)];
    return field.kind == FieldKind::real ? shortest(value) : std::to_string(static_cast<std::int64_t>(value));
}

// Both ends of a field's range and some values between; for a word, all of its values.
std::vector<double> within(const Field& field)
{
    if (field.kind == FieldKind::real) {
        const auto& [low, high, above_low, below_high] = field.range;
        const double least = std::isfinite(low) ? low : -1e300, most = std::isfinite(high) ? high : 1e300;
        return {above_low ? std::nextafter(least, most) : least, below_high ? std::nextafter(most, least) : most,
                std::max(least, 1.0 / 3) < most ? std::max(least, 1.0 / 3) : least, 1e-300};
    }
    const auto [low, high] = whole_range(field);
    return {static_cast<double>(low), static_cast<double>(high)};
}

// Values just out of range in text form; for a word, none of its values.
std::vector<std::string> outside(const Field& field)
{
    if (field.words.size() > 0) return {"nothing", "1", "-1"};
    std::vector<std::string> values = {"inf", "nan", "-inf", "none"};
    if (field.kind == FieldKind::real) {
        const auto& [low, high, above_low, below_high] = field.range;
        if (std::isfinite(low)) values.push_back(shortest(above_low ? low : std::nextafter(low, -1e300)));
        if (std::isfinite(high)) values.push_back(shortest(below_high ? high : std::nextafter(high, 1e300)));
        return values;
    }
    const auto [low, high] = whole_range(field);
    values.push_back(std::to_string(low - 1));
    values.push_back(std::to_string(high + 1));
    return values;
}

// A layer with one option, or with one of its sizes. The other sizes are as large as can be: a pool's padding is at
// most half of its window.
std::string with(const SpecWord& word, const Field& field, bool is_size, const std::string& value)
{
    std::string text = word.name;
    for (std::size_t i = 0; i < std::max<std::size_t>(word.required, is_size ? 1 : 0); ++i) {
        const Field& size = word.sizes[i];
        text.append(" ").append(&size == &field ? value : written(size, size.range.high));
    }
    return is_size ? text : text.append(" ").append(field.name).append("=").append(value);
}

void check_field(const LayerKind& kind, const Field& field, bool is_size)
{
    for (const double value : within(field)) {
        const std::string text = with(kind.word, field, is_size, written(field, value));
        INFO(text);
        const std::vector<LayerSpec> items = parsed(printed(text));
        REQUIRE(items.size() == 1);
        CHECK(value_of(field, items.front().options) == value);
    }
    for (const std::string& value : outside(field)) {
        if (is_size && std::isalpha(static_cast<unsigned char>(value.front())) != 0) continue; // it would begin a key
        const std::string text = with(kind.word, field, is_size, value);
        INFO(text);
        const std::string said = fault(text);
        INFO(said);
        CHECK(said.starts_with("network, line 1, byte "));
        CHECK(said.find("expected") != std::string::npos);
        if (!is_size) CHECK(said.find(field.name) != std::string::npos);
    }
}

} // namespace

TEST_CASE("Each option of each layer has both ends of its range, is printed and read again, and nothing beyond")
{
    std::size_t options = 0;
    for (const LayerKind* const kind : spec_words().layers) {
        for (const Field& field : kind->word.sizes) check_field(*kind, field, true);
        for (const Field& field : kind->word.keys) check_field(*kind, field, false);
        options += kind->word.sizes.size() + kind->word.keys.size();
    }
    CHECK(options >= 12);
}

TEST_CASE("The ranges of layers' options are those that are written down")
{
    const auto refused = [](const std::string& text, std::initializer_list<const char*> values) {
        for (const char* value : values) {
            INFO(text << value);
            CHECK(fault(text + value).find("expected ") != std::string::npos);
        }
    };
    refused("embedding ", {"-1", "0", "4097"});
    refused("linear ", {"-1", "0", "65537"});
    refused("linear 5 gain=", {"-1", "nan", "inf"});
    refused("linear 5 bias-init=", {"-1", "nan", "inf"});
    refused("batchnorm eps=", {"-1e-9", "nan", "inf"});
    refused("batchnorm momentum=", {"0", "-0.1", "1.001", "nan"});
    refused("batchnorm gain=", {"nan", "inf", "-inf"});
}

TEST_CASE("An input is read and printed the same way")
{
    const auto input = [](const char* text) { return print_input(parse_input(text, spec_words())); };
    CHECK(input("symbols") == "symbols");
    CHECK(input("symbols context=8") == "symbols");
    CHECK(input(" symbols context=3 # a comment\n") == "symbols context=3");
    const auto refused = [](const char* text) {
        return error_of(NIB_ERR_INVALID_ARGUMENT, [&] { parse_input(text, spec_words()); });
    };
    CHECK(refused("symbol") == "input, line 1, byte 1: 'symbol': expected an input: symbols or floats (symbols?)");
    CHECK(refused("symbols context=0") == "input, line 1, byte 17: context is '0': expected a whole number, 1 to 256");
    CHECK(refused("symbols, symbols") == "input, line 1, byte 8: ',': expected the end of the text");
}
