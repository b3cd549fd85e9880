// Items of the counter-based stream, drawn many at a time ahead of the items requested.
#pragma once

#include "deploy/folded.hpp"
#include "infer/sample.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nib {

// The folded model must outlive it. One thread at a time may use it; it computes on `threads` threads.
class ManyItems {
public:
    // recipe.start is copied. The first item is number `first`.
    ManyItems(const Folded& folded, const infer::Recipe& recipe, std::uint64_t first, int threads, Memory* memory);

    // The next item, valid until the next call; a NUL follows it.
    std::string_view next();

private:
    void draw();

    const infer::View& view_;
    std::string start_;
    infer::Recipe recipe_;
    std::uint64_t first_; // the item in slot 0
    std::size_t stride_;  // bytes of a slot
    std::size_t count_ = 0, at_ = 0;
    Buffer<char> text_;
    Buffer<std::uint32_t> lengths_;
    std::vector<Buffer<char>> workspaces_; // one for each thread
};

} // namespace nib
