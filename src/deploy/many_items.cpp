#include "deploy/many_items.hpp"

#include "base/parallel.hpp"
#include "infer/symbols.hpp"
#include "nib/infer.h"

#include <algorithm>

namespace nib {

namespace {

// The first draw is one batch, so that the first items are ready soon; each following draw is twice as large, up to
// this memory.
constexpr std::size_t most_bytes = std::size_t{8} << 20, most_items = 4096;

std::size_t slots(std::size_t stride)
{
    return std::clamp<std::size_t>(most_bytes / stride, NIB_INFER_MAX_BATCH, most_items);
}

} // namespace

ManyItems::ManyItems(const Folded& folded, const infer::Recipe& recipe, std::uint64_t first, int threads,
                     Memory* memory)
    : view_(folded.view()),
      start_(recipe.start, recipe.start_bytes),
      recipe_(recipe),
      first_(first),
      stride_(recipe.max_length * infer::largest_symbol(view_) + 1),
      text_(slots(stride_) * stride_, memory),
      lengths_(slots(stride_), memory)
{
    const std::size_t bytes = infer::make_plan(*view_.header, NIB_INFER_MAX_BATCH).bytes();
    for (int i = 0; i < threads; ++i) workspaces_.emplace_back(bytes, memory);
}

void ManyItems::draw()
{
    first_ += count_;
    count_ = count_ == 0 ? NIB_INFER_MAX_BATCH : std::min(2 * count_, lengths_.size());
    at_ = 0;
    recipe_.start = start_.data();
    parallel(static_cast<int>(workspaces_.size()), [&](int thread, int granted) {
        const auto from = count_ * static_cast<std::size_t>(thread) / static_cast<std::size_t>(granted);
        const auto to = count_ * static_cast<std::size_t>(thread + 1) / static_cast<std::size_t>(granted);
        if (from == to) return;
        Buffer<char>& memory = workspaces_[static_cast<std::size_t>(thread)];
        infer::Workspace workspace{};
        infer::make_workspace(view_, to - from, memory.data(), memory.size(), workspace);
        infer::sample(view_, recipe_, first_ + from, to - from, text_.data() + from * stride_, stride_,
                      lengths_.data() + from, workspace);
    });
}

std::string_view ManyItems::next()
{
    if (at_ == count_) draw();
    char* text = text_.data() + at_ * stride_;
    const std::size_t length = lengths_[at_++];
    text[length] = '\0';
    return {text, length};
}

} // namespace nib
