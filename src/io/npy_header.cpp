#include "io/npy_header.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/visible.hpp"

#include <charconv>
#include <optional>

namespace nib {

namespace {

constexpr std::size_t longest_header = 65535; // bytes; NumPy itself refuses more than 10,000

// Parses the forms in which Python's repr writes a dictionary of strings, True, False and tuples of whole numbers.
class Dictionary {
public:
    Dictionary(std::string_view text, const std::string& name) : all_(text), left_(text), name_(name) {}

    ArrayLayout parse()
    {
        expect('{');
        while (!skip('}')) {
            const std::string_view key = string();
            expect(':');
            if (key == "descr")
                type_ = string();
            else if (key == "fortran_order")
                is_fortran_ = boolean();
            else if (key == "shape")
                shape_ = tuple();
            else
                refuse("the keys 'descr', 'fortran_order' and 'shape'");
            if (!skip(',') && !begins_with('}')) refuse("a comma");
        }
        if (!blank(left_)) refuse("nothing behind it");
        if (!type_ || !is_fortran_ || !shape_) refuse("'descr', 'fortran_order' and 'shape'");
        ArrayLayout layout = layout_of(*type_);
        layout.is_fortran = *is_fortran_;
        layout.shape = *std::move(shape_);
        return layout;
    }

private:
    static bool blank(std::string_view text) { return text.find_first_not_of(" \n\t") == std::string_view::npos; }

    void skip_blanks()
    {
        const std::size_t first = left_.find_first_not_of(" \n\t");
        left_.remove_prefix(first == std::string_view::npos ? left_.size() : first);
    }
    bool begins_with(char c)
    {
        skip_blanks();
        return left_.starts_with(c);
    }
    bool skip(char c)
    {
        if (!begins_with(c)) return false;
        left_.remove_prefix(1);
        return true;
    }
    void expect(char c)
    {
        const char expected[] = {'\'', c, '\'', '\0'};
        if (!skip(c)) refuse(expected);
    }

    std::string_view string()
    {
        skip_blanks();
        const char quote = left_.empty() ? '\0' : left_[0];
        const std::size_t end = quote == '\'' || quote == '"' ? left_.find(quote, 1) : std::string_view::npos;
        if (end == std::string_view::npos)
            refuse(begins_with('[') ? "one type for all, not a structured one" : "a string");
        const std::string_view text = left_.substr(1, end - 1);
        left_.remove_prefix(end + 1);
        return text;
    }

    bool boolean()
    {
        skip_blanks();
        const bool value = left_.starts_with("True");
        if (!value && !left_.starts_with("False")) refuse("True or False");
        left_.remove_prefix(value ? 4 : 5);
        return value;
    }

    Shape tuple()
    {
        Shape shape;
        expect('(');
        while (!skip(')')) {
            skip_blanks();
            std::uint64_t size = 0;
            const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), size);
            if (error != std::errc()) refuse("a shape of whole numbers");
            left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
            skip('L'); // Python 2's suffix of long numbers
            shape.push_back(size);
            if (!skip(',') && !begins_with(')')) refuse("a comma");
            if (shape.size() > 32) refuse("at most 32 dimensions");
        }
        return shape;
    }

    // type: byte order, kind and bytes, such as "<f4".
    ArrayLayout layout_of(std::string_view type)
    {
        struct Named {
            std::string_view name;
            NumberType type;
        };
        constexpr Named known[] = {
            {"b1", NumberType::boolean}, {"i1", NumberType::i8},  {"i2", NumberType::i16}, {"i4", NumberType::i32},
            {"i8", NumberType::i64},     {"u1", NumberType::u8},  {"u2", NumberType::u16}, {"u4", NumberType::u32},
            {"u8", NumberType::u64},     {"f2", NumberType::f16}, {"f4", NumberType::f32}, {"f8", NumberType::f64},
        };
        ArrayLayout layout;
        for (const Named& each : known) {
            if (type.size() != 3 || type.substr(1) != each.name) continue;
            const bool has_order = type[0] == '<' || type[0] == '>' || type[0] == '=';
            if (!has_order && !(type[0] == '|' && size_of(each.type) == 1)) continue;
            layout.type = each.type;
            layout.is_big_endian = type[0] == '>';
            return layout;
        }
        throw Error(NIB_ERR_DATA, "%s: elements of type '%s', expected float of 16 to 64 bits, whole numbers or bool",
                    name_.c_str(), visible(shortened(type)).c_str());
    }

    [[noreturn]] void refuse(const char* expected)
    {
        throw Error(NIB_ERR_DATA, "%s: byte %zu of the header's dictionary: expected %s", name_.c_str(),
                    all_.size() - left_.size() + 1, expected);
    }

    std::string_view all_, left_;
    const std::string& name_;
    std::optional<std::string_view> type_;
    std::optional<bool> is_fortran_;
    std::optional<Shape> shape_;
};

} // namespace

ArrayLayout parse_npy_dictionary(std::string_view text, const std::string& name)
{
    return Dictionary(text, name).parse();
}

ArrayLayout read_npy_header(ByteSource& source, const std::string& name)
{
    unsigned char start[12] = {};
    const auto read = [&](std::size_t first, std::size_t size) {
        if (source({reinterpret_cast<char*>(start) + first, size}) == size) return;
        throw Error(NIB_ERR_DATA, "%s: ends within the header of a .npy", name.c_str());
    };
    read(0, 8);
    if (std::string_view(reinterpret_cast<const char*>(start), 6) != "\x93NUMPY")
        throw Error(NIB_ERR_DATA, "%s: no array of NumPy, which begins with \\x93NUMPY", name.c_str());
    if (start[6] < 1 || start[6] > 3) {
        throw Error(NIB_ERR_DATA, "%s: version %d.%d of .npy, expected 1.0 to 3.0", name.c_str(), start[6], start[7]);
    }
    read(8, start[6] == 1 ? 2 : 4);
    const std::size_t size = start[8] | start[9] << 8 | start[10] << 16 | std::size_t{start[11]} << 24;
    if (size > longest_header) {
        throw Error(NIB_ERR_DATA, "%s: a header of %zu bytes, expected at most %zu", name.c_str(), size,
                    longest_header);
    }
    std::string text(size, '\0');
    if (source(text) < size) throw Error(NIB_ERR_DATA, "%s: ends within the header of a .npy", name.c_str());
    return parse_npy_dictionary(text, name);
}

} // namespace nib
