#include "deploy/folded_chunk.hpp"

#include <algorithm>

namespace nib {

namespace {

constexpr std::ptrdiff_t chunk = Inference::chunk;

std::size_t numbers(bool are_there, std::ptrdiff_t an_example)
{
    return are_there ? static_cast<std::size_t>(chunk * an_example) : 0;
}

} // namespace

FoldedChunk::FoldedChunk(const infer::View& view, const Dataset& data, Memory* memory)
    : view_(view),
      data_(data),
      contexts_(numbers(view.is_of_text(), view.inputs()), memory),
      classes_(chunk, memory),
      rows_(numbers(!view.is_of_text(), view.inputs()), memory),
      outputs_(numbers(true, view.outputs()), memory),
      memory_(infer::make_plan(*view.header, chunk).bytes(), memory)
{
    infer::make_workspace(view, chunk, memory_.data(), memory_.size(), workspace_);
}

const float* FoldedChunk::outputs(nib_split split, const Chunk& c)
{
    const auto first = static_cast<std::uint32_t>(c.first), count = static_cast<std::uint32_t>(c.size);
    if (const Text* const text = data_.text()) {
        text->gather(split, first, count, static_cast<std::int32_t>(view_.inputs()), contexts_.data(), classes_.data());
        infer::logits(view_, contexts_.data(), count, outputs_.data(), workspace_);
        return outputs_.data();
    }
    const DataTable& table = *data_.table();
    const auto width = static_cast<std::size_t>(view_.inputs());
    for (std::uint32_t i = 0; i < count; ++i) {
        std::copy_n(table.row(split, first + i), width, rows_.data() + i * width);
        if (view_.header->classes() > 0) classes_[i] = table.class_of(split, first + i);
    }
    infer::outputs(view_, rows_.data(), count, width, outputs_.data(), workspace_);
    return outputs_.data();
}

} // namespace nib
