// Options as data. A table of Fields describes a struct, and all code that checks, stores, shows or sets its members
// loops over the table. A Field does not know the struct's type: tables stand beside the structs that they describe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace nib {

enum class FieldKind {
    int32,
    uint32,
    int64,
    real, // a double
    flag, // an int32 that is 0 or 1
    word, // an enumeration, whose values are numbered from 0
    extents, // an int64: base/extents.hpp
    text, // a const char*, which ends with NUL and is not null
};

// The values that a number may have. An infinite end sets no limit: every finite number is allowed, or every value of
// the member's type.
struct FieldRange {
    double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
    bool above_low = false, below_high = false; // the end itself is out of range
};

inline constexpr FieldRange any_number = {};
inline constexpr FieldRange number_from_zero = {.low = 0};
inline constexpr FieldRange number_above_zero = {.low = 0, .above_low = true};

// How a program shows a field; nullptr: the field is not shown.
struct Shown {
    const char* flag = nullptr;  // the option on the command line: "--hidden"
    const char* group = nullptr; // the heading under which --help lists the flag
    const char* label = nullptr; // in a list of values; ", gain": in the line of the field before
};

// A field has an effect only if one of these fields has this value.
struct Need {
    const char* fields[2] = {nullptr, nullptr}; // nullptr: none
    int value = 0;
};

struct Field {
    const char* name; // the member's, also used in messages and files
    FieldKind kind;
    void* (*place)(void* options); // the member's address
    FieldRange range;                   // of each number, if there are several
    double initial;                     // like the ends of a range: a whole number is below 2^53, and so exact
    std::span<const char* const> words; // for the values 0, 1 ... of a word and of a flag
    const char* initial_text;           // of a text; nullptr for other kinds
    const char* help;                   // "neurons of a hidden layer"; '\n' where a narrow column is broken
    Shown shown;
    Need need;
    int most_extents = 1;
};

namespace detail {

template <class Struct, class Member>
struct MemberOf {
    using Type = Member;
    using Options = Struct;
};

template <class Struct, class Member>
MemberOf<Struct, Member> member_of(Member Struct::*);

template <auto member>
using TypeOf = typename decltype(member_of(member))::Type;

template <auto member>
void* place(void* options)
{
    return &(static_cast<typename decltype(member_of(member))::Options*>(options)->*member);
}

template <class Type>
constexpr FieldKind kind_of_number()
{
    static_assert(std::is_same_v<Type, std::int32_t> || std::is_same_v<Type, std::uint32_t> ||
                      std::is_same_v<Type, std::int64_t> || std::is_same_v<Type, double>,
                  "there is no kind of field for this type");
    if (std::is_same_v<Type, std::int32_t>) return FieldKind::int32;
    if (std::is_same_v<Type, std::uint32_t>) return FieldKind::uint32;
    if (std::is_same_v<Type, std::int64_t>) return FieldKind::int64;
    return FieldKind::real;
}

} // namespace detail

// The entries of a table, each for one member: number_field<&Options::name>("name", ...).
template <auto member>
constexpr Field number_field(const char* name, FieldRange range, double initial, const char* help, Shown shown = {},
                             Need need = {})
{
    constexpr FieldKind kind = detail::kind_of_number<detail::TypeOf<member>>();
    return {name, kind, detail::place<member>, range, initial, {}, nullptr, help, shown, need};
}

template <auto member>
constexpr Field word_field(const char* name, std::span<const char* const> words, detail::TypeOf<member> initial,
                           const char* help, Shown shown = {}, Need need = {})
{
    static_assert(std::is_enum_v<detail::TypeOf<member>> && sizeof(detail::TypeOf<member>) == sizeof(std::int32_t));
    const auto initial_value = static_cast<double>(initial);
    return {name, FieldKind::word, detail::place<member>, any_number, initial_value, words, nullptr, help, shown, need};
}

inline constexpr const char* off_on[] = {"off", "on"};

template <auto member>
constexpr Field flag_field(const char* name, int initial, const char* help, Shown shown = {}, Need need = {})
{
    static_assert(std::is_same_v<detail::TypeOf<member>, std::int32_t>);
    const auto initial_value = static_cast<double>(initial);
    return {name, FieldKind::flag, detail::place<member>, any_number, initial_value, off_on, nullptr, help, shown,
            need};
}

template <auto member>
constexpr Field extents_field(const char* name, FieldRange range, int most, double initial, const char* help)
{
    static_assert(std::is_same_v<detail::TypeOf<member>, std::int64_t>);
    return {name, FieldKind::extents, detail::place<member>, range, initial, {}, nullptr, help, {}, {}, most};
}

template <auto member>
constexpr Field text_field(const char* name, const char* initial, const char* help, Shown shown = {})
{
    static_assert(std::is_same_v<detail::TypeOf<member>, const char*>);
    return {name, FieldKind::text, detail::place<member>, any_number, 0, {}, initial, help, shown, {}};
}

// Returns nullptr if no field has this name.
const Field* find_field(std::span<const Field> fields, std::string_view name);

// For all kinds but real and text. A word may be any number: it is read as a C program gave it.
std::int64_t whole_of(const Field& field, const void* options);
void set_whole(const Field& field, void* options, std::int64_t value);

double real_of(const Field& field, const void* options);
void set_real(const Field& field, void* options, double value);

const char* text_of(const Field& field, const void* options);
void set_text(const Field& field, void* options, const char* value); // the pointer is stored, not the text

// Sets all fields to their initial values. The struct's other bytes stay.
void set_initial(std::span<const Field> fields, void* options);

// The range that a field may have, limited by its type and its words as well. Not for a real field or a text.
struct WholeRange {
    std::int64_t low, high;
};
WholeRange whole_range(const Field& field);

// Throws NIB_ERR_INVALID_ARGUMENT for the first field that is out of range, or for a text that is null: "width is
// 65537: expected 1 to 65536", "share is 2: expected a number above 0, up to 1".
void check_fields(std::span<const Field> fields, const void* options);

// The index of the word, or -1.
int index_of(std::span<const char* const> words, std::string_view word);

// The word that `instead` may be a misspelling of; nullptr: none.
const char* nearest_word(std::span<const char* const> words, std::string_view instead);

// The words that were expected, and the one that `instead` may be a misspelling of: "sgd or adamw (adamw?)".
std::string expected_words(std::span<const char* const> words, std::string_view instead);

} // namespace nib
