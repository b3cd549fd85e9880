// The one exception of the library: a status for the caller and a sentence for a person.
#pragma once

#include "base/utf8.hpp"
#include "nib/status.h"

#include <cstdarg>
#include <cstdio>
#include <exception>

namespace nib {

// Thrown inside the library and caught in src/api/; a caller never sees it. The sentence lies in a fixed buffer, so
// that reporting "no memory" needs none. A sentence that is too long is cut between two letters.
class Error : public std::exception {
public:
    [[gnu::format(printf, 3, 4)]] Error(nib_status status, const char* format, ...) noexcept : status_(status)
    {
        char whole[sizeof message_ + 4]; // with the rest of a letter that does not fit
        std::va_list arguments;
        va_start(arguments, format);
        std::vsnprintf(whole, sizeof whole, format, arguments);
        va_end(arguments);
        copy_text(whole, message_);
    }

    nib_status status() const noexcept { return status_; }
    const char* what() const noexcept override { return message_; }

private:
    nib_status status_;
    char message_[512];
};

} // namespace nib
