// C source built from pieces of text with gaps.
#pragma once

#include "ops/output.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace nib {

// The shortest decimal that reads back as this finite number, whatever the locale.
inline std::string c_literal(float value)
{
    char text[32];
    char* end = std::to_chars(text, text + sizeof text, value).ptr;
    std::string digits(text, end);
    return digits + (digits.find_first_of(".e") == digits.npos ? ".0f" : "f");
}

// The bits of a bfloat16.
inline std::string c_literal(std::uint16_t value)
{
    char text[8];
    std::snprintf(text, sizeof text, "0x%04x", static_cast<unsigned>(value));
    return text;
}

inline std::string c_literal(std::int8_t value) { return std::to_string(value); }

// The C type of a weight.
inline const char* c_number(std::uint32_t bits) { return bits == 32 ? "float" : bits == 16 ? "uint16_t" : "int8_t"; }

// In a piece, "$p" stands for the prefix, "$P" for the prefix in capitals, "$$" for a dollar, and "$[name]" for the
// value of that name, in which the same marks are replaced.
class CSource {
public:
    CSource(const std::string& prefix, Memory* memory) : prefix_(prefix), capitals_(prefix), out_(memory)
    {
        for (char& c : capitals_) {
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        }
    }

    void set(const char* name, std::string value) { values_[name] = std::move(value); }
    void set(const char* name, std::size_t value) { set(name, std::to_string(value)); }

    void write(std::string_view text)
    {
        for (std::size_t at = 0; (at = text.find('$')) != text.npos;) {
            out_.append(text.substr(0, at));
            const char kind = text[at + 1];
            const std::size_t end = kind == '[' ? text.find(']', at) + 1 : at + 2;
            if (kind == '[') {
                write(values_.find(text.substr(at + 2, end - at - 3))->second);
            } else {
                out_.append(kind == '$' ? "$" : kind == 'p' ? std::string_view(prefix_) : std::string_view(capitals_));
            }
            text.remove_prefix(end);
        }
        out_.append(text);
    }

    // Writes static const TYPE NAME[count] = {...}; each(i) returns the literal of number i. type: from c_number.
    template <class Each>
    void write_array(const std::string& type, const std::string& name, std::size_t count, Each each)
    {
        const std::size_t size = type == "float" ? 4 : type == "uint16_t" ? 2 : 1;
        const std::size_t in_line = size == 4 ? 8 : size == 2 ? 12 : 20;
        array_bytes_ += size * count;
        write("\nstatic const " + type + " $p_" + name + "[" + std::to_string(count) + "] = {");
        for (std::size_t i = 0; i < count; ++i) {
            out_.append(i % in_line == 0 ? "\n    " : " ");
            out_.append(each(i));
            out_.append(",");
        }
        out_.append("\n};\n");
    }

    template <class Each>
    void write_floats(const std::string& name, std::size_t count, Each each)
    {
        write_array("float", name, count, [&](std::size_t i) { return c_literal(each(i)); });
    }

    // Counts a constant that is not an array.
    void count_bytes(std::size_t bytes) noexcept { array_bytes_ += bytes; }

    std::size_t array_bytes() const noexcept { return array_bytes_; } // of all arrays and counted constants

    void append(const CSource& other) { out_.append(other.bytes()); }

    std::string_view bytes() const noexcept { return out_.bytes(); }

private:
    std::string prefix_, capitals_;
    std::map<std::string, std::string, std::less<>> values_;
    Output out_;
    std::size_t array_bytes_ = 0;
};

} // namespace nib
