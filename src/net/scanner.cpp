#include "net/scanner.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/visible.hpp"

#include <algorithm>

namespace nib {

namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

} // namespace

void Scanner::skip_blanks() noexcept
{
    while (next() == ' ' || next() == '\t') ++at_;
}

bool Scanner::skip_lines() noexcept
{
    bool ended = false;
    for (;; ++at_) {
        skip_blanks();
        if (next() == '#') {
            at_ = std::min(text_.find('\n', at_), text_.size());
            ended = true;
        }
        const bool returns = next() == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
        if (next() != '\n' && !returns) return ended;
        ended = true;
    }
}

bool Scanner::take(char wanted) noexcept
{
    if (at_end() || text_[at_] != wanted) return false;
    ++at_;
    return true;
}

std::string_view Scanner::take_word() noexcept
{
    const std::size_t begin = at_;
    if (is_letter(next())) {
        while (is_letter(next()) || is_digit(next()) || next() == '-') ++at_;
    }
    return text_.substr(begin, at_ - begin);
}

std::string_view Scanner::take_number() noexcept
{
    const std::size_t begin = at_;
    if (is_digit(next()) || next() == '-' || next() == '+' || next() == '.') {
        while (is_digit(next()) || next() == '.' || next() == '-' || next() == '+' || next() == 'e') ++at_;
    }
    return text_.substr(begin, at_ - begin);
}

std::string Scanner::shown_at(std::size_t place) const
{
    if (place >= text_.size()) return "the end";
    if (text_[place] == '\n' || text_[place] == '\r' || text_[place] == '#') return "the end of the line";
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,()|=#", place), text_.size());
    const std::string_view shown = text_.substr(place, std::max<std::size_t>(end - place, 1));
    std::string quoted = "'";
    quoted += visible(shortened(shown, 40));
    return quoted += '\'';
}

void Scanner::fail(std::size_t place, const std::string& sentence) const
{
    const std::string_view before = text_.substr(0, place);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t begin = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "%s, line %zu, byte %zu: %s", name_, static_cast<std::size_t>(line),
                place - begin + 1, sentence.c_str());
}

} // namespace nib
