// A folded model, opened for the benchmarks.
#pragma once

#include "base/heap.hpp"
#include "infer/format.hpp"
#include "kernels/table.hpp"
#include "nib/infer.h"

#include <utility>
#include <vector>

namespace nib::bench {

// A model opened on a file, with a workspace for each thread.
struct Opened {
    Opened(Buffer<char> bytes_of_file, int threads, std::size_t batch) : file(std::move(bytes_of_file))
    {
        std::size_t bytes = 0;
        nib_infer_workspace(file.data(), file.size(), batch, &bytes);
        for (int i = 0; i < threads; ++i) workspaces.emplace_back(bytes, process_heap());
        nib_infer_open(file.data(), file.size(), workspaces[0].data(), bytes, &model);
        nib_infer_set_isa(&model, kernels::table()->isa); // NIB_ISA chose it; the engine would take the best one
    }

    const infer::Header& header() const noexcept { return *reinterpret_cast<const infer::Header*>(file.data()); }

    Buffer<char> file;
    std::vector<Buffer<char>> workspaces;
    nib_infer_model model{};
};

} // namespace nib::bench
