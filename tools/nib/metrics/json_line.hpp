// Writes one line of JSON member by member. A record of statistics has a hundred numbers or, with histograms, some
// thousand, and may come after every other millisecond of training.
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nib::cli {

class JsonLine {
public:
    explicit JsonLine(std::string_view type) { open('{').text("type", type); }

    JsonLine& open(char bracket)
    {
        element() += bracket;
        first_ = true;
        return *this;
    }
    JsonLine& open(std::string_view key, char bracket)
    {
        name(key) += bracket;
        first_ = true;
        return *this;
    }
    JsonLine& close(char bracket)
    {
        text_ += bracket;
        first_ = false;
        return *this;
    }

    // value must need no escapes, like the names of tensors.
    JsonLine& text(std::string_view key, std::string_view value)
    {
        name(key).append(1, '"').append(value).append(1, '"');
        return *this;
    }
    JsonLine& integer(std::string_view key, std::int64_t value)
    {
        name(key);
        return put(value);
    }
    JsonLine& integer(std::int64_t value)
    {
        element();
        return put(value);
    }
    // JSON has no numbers that are not finite: these become null.
    template <class Float>
    JsonLine& number(std::string_view key, Float value)
    {
        name(key);
        return put_finite(value);
    }
    template <class Float>
    JsonLine& number(Float value)
    {
        element();
        return put_finite(value);
    }
    // value: a complete JSON value.
    JsonLine& json(std::string_view key, std::string_view value)
    {
        name(key) += value;
        return *this;
    }

    // Returns the line, with its end.
    std::string finish() { return close('}').text_ + "\n"; }

private:
    std::string& element()
    {
        if (!first_) text_ += ',';
        first_ = false;
        return text_;
    }
    std::string& name(std::string_view key) { return element().append(1, '"').append(key).append("\":"); }

    template <class Float>
    JsonLine& put_finite(Float value)
    {
        if (std::isfinite(value)) return put(value);
        text_ += "null";
        return *this;
    }
    // The shortest digits that read back as the number.
    template <class Value>
    JsonLine& put(Value value)
    {
        char digits[32];
        const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        text_.append(digits, static_cast<std::size_t>(end - digits));
        return *this;
    }

    std::string text_;
    bool first_ = true;
};

} // namespace nib::cli
