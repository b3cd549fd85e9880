// Reads the characters of a network's text, and reports where a fault is.
#pragma once

#include <string>
#include <string_view>

namespace nib {

// Reads from the front. Blanks are spaces and tabs; a comment runs from '#' to the end of its line.
class Scanner {
public:
    // name: "network" or "input", for messages.
    Scanner(std::string_view text, const char* name) : text_(text), name_(name) {}

    std::size_t place() const noexcept { return at_; }
    bool at_end() const noexcept { return at_ == text_.size(); }
    char next() const noexcept { return at_end() ? '\0' : text_[at_]; }

    void skip_blanks() noexcept;
    bool skip_lines() noexcept; // blanks, comments and line ends; true if there was a line end or a comment

    bool take(char wanted) noexcept;
    std::string_view take_word() noexcept;   // a-z, then a-z, 0-9, -; empty: no word
    std::string_view take_number() noexcept; // characters of a number: digits, ., -, +, e; empty: no number

    // The text at a place up to the next blank, separator or parenthesis, for a message: "'Tanh'", "the end".
    std::string shown_at(std::size_t place) const;

    // Throws NIB_ERR_INVALID_ARGUMENT: "network, line 2, byte 14: " followed by the sentence.
    [[noreturn]] void fail(std::size_t place, const std::string& sentence) const;

private:
    std::string_view text_;
    const char* name_;
    std::size_t at_ = 0;
};

} // namespace nib
