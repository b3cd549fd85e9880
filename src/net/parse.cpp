// Parses a text into items: see net/text.hpp.
#include "base/error.hpp"
#include "base/extents.hpp"
#include "net/initial.hpp"
#include "net/scanner.hpp"
#include "net/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <optional>

namespace nib {

namespace {

// An item before its initial values are filled in, since these depend on the items that follow.
struct ReadSpec {
    LayerSpec spec{};
    std::vector<const Field*> given;
    std::size_t place = 0; // the position of its word in the text
    std::vector<ReadSpec> main, shortcut;
};
using ReadSpecs = std::vector<ReadSpec>;

std::size_t count_of(const ReadSpecs& specs)
{
    std::size_t count = specs.size();
    for (const ReadSpec& each : specs) count += count_of(each.main) + count_of(each.shortcut);
    return count;
}

// The expected value in words: "a whole number from 1 to 65536", "a number above 0".
std::string expected_of(const Field& field)
{
    if (field.words.size() > 0) return expected_words(field.words, "");
    SpecOptions options;
    set_value(field, options, field.kind == FieldKind::real ? NAN : -1e15);
    try {
        check_fields({&field, 1}, options.bytes);
    } catch (const Error& error) {
        const char* const expected = std::strstr(error.what(), "expected ");
        return std::string(field.kind == FieldKind::real ? "" : "a whole number, ").append(expected + 9);
    }
    return "a number";
}

class Parser {
public:
    Parser(std::string_view text, const char* name, const SpecWords& words) : in_(text, name), words_(words)
    {
        if (text.size() <= most_text) return;
        throw Error(NIB_ERR_INVALID_ARGUMENT, "%s: a text of %zu bytes, expected %zu at most", name, text.size(),
                    most_text);
    }

    std::vector<LayerSpec> network()
    {
        ReadSpecs read = items();
        if (!in_.at_end()) fail("expected a comma, a line end or the end of the text");
        return finish(read);
    }

    // Reads a single word with its values. what: "an input".
    template <class Kind>
    WordSpec<Kind> word(std::span<const Kind* const> words, const char* what)
    {
        in_.skip_lines();
        const std::size_t place = in_.place();
        WordSpec<Kind> read{find(words, in_.take_word(), place, what), {}};
        std::vector<const Field*> given;
        read_options(read.kind->word, read.options, given);
        in_.skip_lines();
        if (!in_.at_end()) fail("expected the end of the text");
        fill(read.kind->word, given, read.options, [](const Field& field) { return field.initial; });
        return read;
    }

private:
    [[noreturn]] void fail(const std::string& expected)
    {
        in_.fail(in_.place(), in_.shown_at(in_.place()) + ": " + expected);
    }

    // Reads items up to the end of the text or of the parentheses.
    ReadSpecs items()
    {
        ReadSpecs all;
        in_.skip_lines();
        for (;;) {
            item(all);
            const bool line_end = in_.skip_lines();
            const bool comma = in_.take(',');
            if (comma) in_.skip_lines();
            const bool ends = in_.at_end() || in_.next() == ')' || in_.next() == '|';
            if (ends || !(comma || line_end)) return all;
        }
    }

    void item(ReadSpecs& all)
    {
        const std::size_t place = in_.place();
        if (in_.next() >= '0' && in_.next() <= '9') return repeated(all);
        const std::string_view word = in_.take_word();
        ReadSpec read;
        read.place = place;
        read.spec.kind = find(words_.layers, word, place, "a layer");
        if (read.spec.kind->is_residual) {
            read.main = group(true);
            if (in_.take('|')) read.shortcut = group_items();
            close();
        } else {
            read_options(read.spec.kind->word, read.spec.options, read.given);
        }
        layers_ += 1;
        check_count(place, layers_);
        all.push_back(std::move(read));
    }

    // COUNT x (items)
    void repeated(ReadSpecs& all)
    {
        const std::size_t place = in_.place();
        const std::string_view digits = in_.take_number();
        std::int64_t count = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
        if (error != std::errc{} || end != digits.data() + digits.size() || count < 1)
            in_.fail(place, in_.shown_at(place) + ": expected a number of copies, 1 or more, or a layer");
        in_.skip_blanks();
        if (!in_.take('x')) fail("expected 'x (' behind a number of copies");
        const std::size_t before = layers_;
        ReadSpecs copied = group(false);
        close();
        const std::size_t each = count_of(copied);
        // Checked before anything is copied. The product cannot overflow: each factor is at most most_layers.
        if (static_cast<std::uint64_t>(count) > most_layers) check_count(place, most_layers + 1);
        layers_ = before + static_cast<std::size_t>(count) * each;
        check_count(place, layers_);
        for (std::int64_t i = 1; i < count; ++i) all.insert(all.end(), copied.begin(), copied.end());
        all.insert(all.end(), std::make_move_iterator(copied.begin()), std::make_move_iterator(copied.end()));
    }

    // "(" and items.
    ReadSpecs group(bool is_residual)
    {
        in_.skip_blanks();
        if (!in_.take('('))
            fail(std::string("expected '(' and the layers ") + (is_residual ? "of the residual" : "to copy"));
        return group_items();
    }

    ReadSpecs group_items()
    {
        if (++depth_ > most_depth) fail("parentheses are nested more than " + std::to_string(most_depth) + " deep");
        ReadSpecs all = items();
        --depth_;
        return all;
    }

    void close()
    {
        if (!in_.take(')')) fail("expected a comma, a line end or ')'");
    }

    template <class Kind>
    const Kind* find(std::span<const Kind* const> words, std::string_view word, std::size_t place, const char* what)
    {
        std::vector<const char*> names;
        for (const Kind* each : words) {
            if (each->word.name == word) return each;
            names.push_back(each->word.name);
        }
        in_.fail(place, in_.shown_at(place) + ": expected " + what + ": " + expected_words(names, word));
    }

    // {SIZE} {KEY "=" VALUE}
    void read_options(const SpecWord& word, SpecOptions& options, std::vector<const Field*>& given)
    {
        for (in_.skip_blanks(); number_follows(); in_.skip_blanks()) {
            if (given.size() == word.sizes.size())
                fail(std::string("expected ") + (word.sizes.empty() ? "no number" : "no further number") + " behind " +
                     word.name);
            const Field& field = word.sizes[given.size()];
            read_value(field, options);
            given.push_back(&field);
        }
        if (given.size() < word.required)
            fail(std::string("expected the ") + word.sizes[given.size()].help + " behind " + word.name + ", " +
                 expected_of(word.sizes[given.size()]));
        for (; in_.next() >= 'a' && in_.next() <= 'z'; in_.skip_blanks()) read_key(word, options, given);
    }

    bool number_follows() const { return in_.next() != '\0' && std::strchr("+-.0123456789", in_.next()) != nullptr; }

    void read_key(const SpecWord& word, SpecOptions& options, std::vector<const Field*>& given)
    {
        const std::size_t place = in_.place();
        const std::string_view name = in_.take_word();
        const Field* const field = find_field(word.keys, name);
        if (field == nullptr) {
            std::vector<const char*> names;
            for (const Field& each : word.keys) names.push_back(each.name);
            in_.fail(place, in_.shown_at(place) + ": " +
                                (names.empty() ? std::string(word.name) + " has no options"
                                               : "expected an option of " + std::string(word.name) + ": " +
                                                     expected_words(names, name)));
        }
        if (is_given(given, *field)) in_.fail(place, in_.shown_at(place) + ": given twice");
        if (!in_.take('=')) fail("expected '=' behind " + std::string(name));
        if (field->words.empty())
            read_value(*field, options);
        else
            read_word(*field, options);
        given.push_back(field);
    }

    void read_word(const Field& field, SpecOptions& options)
    {
        const std::size_t place = in_.place();
        const std::string_view word = in_.take_word();
        const int index = index_of(field.words, word);
        if (index < 0)
            in_.fail(place, std::string(field.name) + "=" + in_.shown_at(place) + ": expected " +
                                expected_words(field.words, word));
        set_value(field, options, index);
    }

    // A whole number, or decimal ["/" decimal], or whole numbers with an x between them.
    void read_value(const Field& field, SpecOptions& options)
    {
        const std::size_t place = in_.place();
        std::optional<double> value = field.kind == FieldKind::extents ? read_extents(field) : read_decimal();
        if (value && field.kind == FieldKind::real && in_.take('/')) {
            const std::optional<double> divisor = read_decimal();
            value = divisor && *divisor != 0 ? std::optional(*value / *divisor) : std::nullopt;
        }
        const bool ends = !(in_.next() >= 'a' && in_.next() <= 'z') && !number_follows() && in_.next() != '/';
        const bool is_whole = value && std::trunc(*value) == *value && std::fabs(*value) < 0x1p53;
        if (value && ends && std::isfinite(*value) && (field.kind == FieldKind::real || is_whole)) {
            set_value(field, options, *value + 0.0); // no -0: it compares equal to 0 but prints otherwise
            if (is_in_range(field, options)) return;
        }
        in_.fail(place, std::string(field.name) + " is " + in_.shown_at(place) + ": expected " + expected_of(field));
    }

    std::optional<double> read_decimal()
    {
        const std::string_view digits = in_.take_number();
        double value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        return value;
    }

    // None unless each number is one that packed_extents takes.
    std::optional<double> read_extents(const Field& field)
    {
        Extents extents;
        do {
            const std::optional<double> value = read_decimal();
            const bool fits = value && std::trunc(*value) == *value && *value >= 0 && *value < Extents::several;
            if (!fits || extents.count == field.most_extents) return std::nullopt;
            extents.n[extents.count++] = static_cast<std::int64_t>(*value);
        } while (in_.take('x'));
        const auto is_too_large = [](std::int64_t each) { return each > Extents::largest; };
        if (extents.count > 1 && std::any_of(extents.n, extents.n + extents.count, is_too_large)) return std::nullopt;
        return static_cast<double>(packed_extents(extents));
    }

    static bool is_in_range(const Field& field, const SpecOptions& options)
    {
        try {
            check_fields({&field, 1}, options.bytes);
        } catch (const Error&) {
            return false;
        }
        return true;
    }

    static bool is_given(const std::vector<const Field*>& given, const Field& field)
    {
        return std::find(given.begin(), given.end(), &field) != given.end();
    }

    template <class InitialOf>
    static void fill(const SpecWord& word, const std::vector<const Field*>& given, SpecOptions& options,
                     InitialOf initial_value)
    {
        for (const std::span<const Field> fields : {word.sizes, word.keys}) {
            for (const Field& field : fields)
                if (!is_given(given, field)) set_value(field, options, initial_value(field));
        }
    }

    void check_count(std::size_t place, std::size_t count)
    {
        if (count <= most_layers) return;
        in_.fail(place, in_.shown_at(place) + ": more than " + std::to_string(most_layers) + " layers");
    }

    // Fills in initial values, which may depend on the items behind, and checks that an item's values go together.
    std::vector<LayerSpec> finish(ReadSpecs& read)
    {
        std::vector<LayerSpec> items;
        for (ReadSpec& each : read) {
            each.spec.main = finish(each.main);
            each.spec.shortcut = finish(each.shortcut);
            items.push_back(std::move(each.spec));
        }
        for (std::size_t i = 0; i < items.size(); ++i) {
            const LayerKind& kind = *items[i].kind;
            const std::span<const LayerSpec> behind(items.data() + i + 1, items.size() - i - 1);
            fill(kind.word, read[i].given, items[i].options,
                 [&](const Field& field) { return initial_of(kind, field, behind); });
            const char* const fault = kind.check == nullptr ? nullptr : kind.check(items[i].options);
            if (fault != nullptr) in_.fail(read[i].place, std::string(kind.word.name).append(": ").append(fault));
        }
        return items;
    }

    Scanner in_;
    const SpecWords& words_;
    std::size_t layers_ = 0;
    int depth_ = 0;
};

} // namespace

std::vector<LayerSpec> parse_network(std::string_view text, const SpecWords& words)
{
    return Parser(text, "network", words).network();
}

InputSpec parse_input(std::string_view text, const SpecWords& words)
{
    return Parser(text, "input", words).word(words.inputs, "an input");
}

LossSpec parse_loss(std::string_view text, const SpecWords& words)
{
    return Parser(text, "loss", words).word(words.losses, "a loss");
}

} // namespace nib
