// A table of fields over a struct of its own: every kind, both ends of every range, words and their misspellings.
#include "base/field.hpp"

#include "catch.hpp"
#include "error_of.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

using namespace nib;
using namespace nib::test;

namespace {

enum Colour { red = 0, green = 1, blue = 2 };

struct Paint {
    std::int32_t coats;
    std::uint32_t batch;
    std::int64_t strokes, litres;
    double gloss, share, depth, weight;
    std::int32_t dry;
    Colour colour;
    const char* name;
};

constexpr const char* colours[] = {"red", "green", "dark-blue"};

constexpr Field fields[] = {
    number_field<&Paint::coats>("coats", {1, 9}, 2, "layers of it"),
    number_field<&Paint::batch>("batch", any_number, 4294967295.0, "of which it is"),
    number_field<&Paint::strokes>("strokes", number_from_zero, 1099511627776.0, "of the brush", {"--strokes", "Work"}),
    number_field<&Paint::litres>("litres", {0, 6, true, true}, 1, "of it"),
    number_field<&Paint::gloss>("gloss", any_number, -0.5, "how it shines"),
    number_field<&Paint::share>("share", {0, 1, true}, 0.25, "of the pigment"),
    number_field<&Paint::depth>("depth", {-2, 3, false, true}, 0, "of the tone"),
    number_field<&Paint::weight>("weight", number_above_zero, 1e-8, "of a litre"),
    flag_field<&Paint::dry>("dry", 1, "whether it is", {}, {{"colour"}, green}),
    word_field<&Paint::colour>("colour", colours, blue, "which one"),
    text_field<&Paint::name>("name", "sea, at night", "what it is sold as", {"--name", "Shop"}),
};

const Field& field(const char* name)
{
    const Field* found = find_field(fields, name);
    REQUIRE(found != nullptr);
    return *found;
}

Paint initial()
{
    Paint paint;
    std::memset(&paint, 0xA5, sizeof paint);
    set_initial(fields, &paint);
    return paint;
}

std::string refusal(const Paint& paint)
{
    return error_of(NIB_ERR_INVALID_ARGUMENT, [&] { check_fields(fields, &paint); });
}

// The message for a whole number, a flag or a word; "" if it is in range.
std::string refusal_of_whole(const char* name, std::int64_t value)
{
    Paint paint = initial();
    set_whole(field(name), &paint, value);
    try {
        check_fields(fields, &paint);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

std::string refusal_of_real(const char* name, double value)
{
    Paint paint = initial();
    set_real(field(name), &paint, value);
    try {
        check_fields(fields, &paint);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

constexpr double infinity = std::numeric_limits<double>::infinity();

} // namespace

TEST_CASE("every kind of field has its member's type, its initial value, and is set and read")
{
    Paint paint = initial();
    CHECK(paint.coats == 2);
    CHECK(paint.batch == 4294967295u);
    CHECK(paint.strokes == std::int64_t{1} << 40);
    CHECK(paint.gloss == -0.5);
    CHECK(paint.weight == 1e-8);
    CHECK(paint.dry == 1);
    CHECK(paint.colour == blue);
    CHECK(paint.name == std::string("sea, at night"));
    CHECK_NOTHROW(check_fields(fields, &paint));

    CHECK(field("coats").kind == FieldKind::int32);
    CHECK(field("batch").kind == FieldKind::uint32);
    CHECK(field("strokes").kind == FieldKind::int64);
    CHECK(field("gloss").kind == FieldKind::real);
    CHECK(field("dry").kind == FieldKind::flag);
    CHECK(field("colour").kind == FieldKind::word);
    CHECK(field("name").kind == FieldKind::text);
    for (const char* name : {"coats", "batch", "strokes", "dry", "colour"}) {
        for (const std::int64_t value : {0, 1, 2}) {
            set_whole(field(name), &paint, value);
            CHECK(whole_of(field(name), &paint) == value);
        }
    }
    set_whole(field("strokes"), &paint, INT64_MIN);
    CHECK(paint.strokes == INT64_MIN);
    set_whole(field("batch"), &paint, 3000000000);
    CHECK(paint.batch == 3000000000u);
    CHECK(whole_of(field("batch"), &paint) == 3000000000);
    set_whole(field("colour"), &paint, green);
    CHECK(paint.colour == green);
    set_real(field("gloss"), &paint, 1e300);
    CHECK(paint.gloss == 1e300);
    CHECK(real_of(field("gloss"), &paint) == 1e300);
    CHECK(paint.share == 0.25); // its neighbours were written
    const char* const name = "sky";
    set_text(field("name"), &paint, name);
    CHECK(paint.name == name); // the text was not copied
    CHECK(text_of(field("name"), &paint) == name);
    CHECK(paint.colour == green);
    CHECK(find_field(fields, "colou") == nullptr);
}

TEST_CASE("whole numbers, flags and words have both ends of their ranges and nothing beyond")
{
    for (const std::int64_t good : {1, 9}) CHECK(refusal_of_whole("coats", good) == "");
    CHECK(refusal_of_whole("coats", 0) == "coats is 0: expected 1 to 9");
    CHECK(refusal_of_whole("coats", 10) == "coats is 10: expected 1 to 9");
    for (const std::int64_t good : {std::int64_t{0}, INT64_MAX}) CHECK(refusal_of_whole("strokes", good) == "");
    CHECK(refusal_of_whole("strokes", -1) == "strokes is -1: expected 0 to 9223372036854775807");
    for (const std::int64_t good : {1, 5}) CHECK(refusal_of_whole("litres", good) == "");
    for (const std::int64_t bad : {0, 6})
        CHECK(refusal_of_whole("litres", bad) == "litres is " + std::to_string(bad) + ": expected 1 to 5");
    for (const std::int64_t good : {std::int64_t{0}, std::int64_t{4294967295}})
        CHECK(refusal_of_whole("batch", good) == "");
    for (const std::int64_t good : {0, 1}) CHECK(refusal_of_whole("dry", good) == "");
    CHECK(refusal_of_whole("dry", 2) == "dry is 2: expected 0 to 1");
    CHECK(refusal_of_whole("dry", -1) == "dry is -1: expected 0 to 1");
    for (const std::int64_t good : {0, 1, 2}) CHECK(refusal_of_whole("colour", good) == "");
    CHECK(refusal_of_whole("colour", 3) == "colour is 3: expected 0 to 2");
    CHECK(refusal_of_whole("colour", INT32_MIN) == "colour is -2147483648: expected 0 to 2");
}

TEST_CASE("numbers have both ends of their ranges, which are in or out")
{
    for (const double good : {-1e308, 0.0, 1e308}) CHECK(refusal_of_real("gloss", good) == "");
    CHECK(refusal_of_real("gloss", infinity) == "gloss is inf: expected a finite number");
    CHECK(refusal_of_real("share", 1) == "");
    CHECK(refusal_of_real("share", 5e-324) == "");
    CHECK(refusal_of_real("share", 0) == "share is 0: expected a number above 0, up to 1");
    CHECK(refusal_of_real("share", 1.5) == "share is 1.5: expected a number above 0, up to 1");
    CHECK(refusal_of_real("depth", -2) == "");
    CHECK(refusal_of_real("depth", std::nextafter(3.0, 0.0)) == "");
    CHECK(refusal_of_real("depth", 3) == "depth is 3: expected a number from -2, below 3");
    CHECK(refusal_of_real("depth", -2.5) == "depth is -2.5: expected a number from -2, below 3");
    CHECK(refusal_of_real("weight", 1e300) == "");
    CHECK(refusal_of_real("weight", 0) == "weight is 0: expected a number above 0");
    for (const char* name : {"gloss", "share", "depth", "weight"}) {
        for (const double bad : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()})
            CHECK(refusal_of_real(name, bad).find(std::string(name) + " is ") == 0);
    }
}

TEST_CASE("a text may be anything but NULL")
{
    Paint paint = initial();
    for (const char* good : {"", " ", "none", "0"}) {
        paint.name = good;
        CHECK_NOTHROW(check_fields(fields, &paint));
    }
    paint.name = nullptr;
    CHECK(refusal(paint) == "name is NULL");
    paint.weight = -1;
    CHECK(refusal(paint) == "weight is -1: expected a number above 0"); // weight stands before name
}

TEST_CASE("a text alone begins with a text")
{
    for (const Field& each : fields) {
        INFO(each.name);
        CHECK((each.initial_text != nullptr) == (each.kind == FieldKind::text));
    }
}

TEST_CASE("the first field of the table that is out of range is named")
{
    Paint paint = initial();
    paint.weight = -1;
    paint.share = 2;
    CHECK(refusal(paint) == "share is 2: expected a number above 0, up to 1");
}

TEST_CASE("a wrong word is told the words, and the one that it may be a slip of")
{
    CHECK(index_of(colours, "dark-blue") == 2);
    CHECK(index_of(colours, "red") == 0);
    CHECK(index_of(colours, "Red") == -1);
    CHECK(index_of(colours, "") == -1);
    const std::string all = "red, green or dark-blue";
    CHECK(expected_words(colours, "dark_blue") == all + " (dark-blue?)");
    CHECK(expected_words(colours, "gren") == all + " (green?)");
    CHECK(expected_words(colours, "reed") == all + " (red?)");
    CHECK(expected_words(colours, "ered") == all + " (red?)");
    CHECK(expected_words(colours, "grene") == all + " (green?)"); // two letters changed
    CHECK(expected_words(colours, "gerne") == all);               // three
    CHECK(expected_words(colours, "yellow") == all);
    CHECK(expected_words(colours, "") == all);
    CHECK(expected_words(colours, std::string(1 << 20, 'r')) == all);
    CHECK(expected_words(std::span(colours).first(1), "x") == "red");
}
