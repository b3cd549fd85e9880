// Items that a model draws and that are not in a text.
#pragma once

#include "streams.hpp"

#include "nib/nib.hpp"

#include <cstdint>
#include <string>
#include <unordered_set>

namespace nib::cli {

class NewItems {
public:
    NewItems(nib::sampler& sampler, const Input& text, nib_encoding encoding);

    // Draws the next new item. Throws Failure if the model seems to have none.
    std::string next();

    // Prints how many items were left out.
    void tell_left_out() const;

private:
    nib::sampler& sampler_;
    std::string text_name_;
    std::unordered_set<std::string> known_;
    std::int64_t left_out_ = 0;
};

} // namespace nib::cli
