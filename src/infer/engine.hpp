// Computes logits from contexts, and outputs from a table's rows.
#pragma once

#include "infer/view.hpp"

namespace nib::infer {

// A workspace for a batch has room for a multiple of this: two registers of lanes cost a tenth less each than one, and
// drawing many items side by side profits from that.
inline constexpr std::size_t plan_step = 32;

// The layout of a caller's workspace. lanes: examples computed side by side, 1 or a multiple of 16. Sizes are in
// floats, and each part is a multiple of 16:
//
//   places        activations, (features, lanes): places.hpp says which operation reads and writes which
//   rows          lanes > 1: what add_rows_batch needs, 16 rows of the table, or layer_batch of 16-bit weights; for
//                 one example of planes: places.hpp says what
//   contexts      for text, int32: one context of twice the length, so that it can slide; for a batch,
//                 (context length, lanes)
struct Plan {
    std::ptrdiff_t lanes;
    std::uint64_t rows, contexts, end; // where each part begins; end: of all

    // Returns SIZE_MAX if a size_t has 32 bits and the sum does not fit.
    std::size_t bytes() const noexcept
    {
        return end < SIZE_MAX / sizeof(float) ? static_cast<std::size_t>(end) * sizeof(float) : SIZE_MAX;
    }
};

// batch >= 1. Reads only the file's header and operations.
Plan make_plan(const Header& header, std::size_t batch) noexcept;

// A workspace in use.
struct Workspace {
    Plan plan;
    float* memory;
    std::int32_t* contexts;
};

// Uses as much of the memory as there is, for at most batch examples at a time. Returns NIB_ERR_WORKSPACE if it is too
// small.
nib_status make_workspace(const View& view, std::size_t batch, void* memory, std::size_t bytes,
                          Workspace& workspace) noexcept;

// Logits of one context, for a file of text: the padded vocabulary's floats, in the workspace.
float* logits_of_one(const View& view, const std::int32_t* context, const Workspace& workspace) noexcept;

// Logits of the plan.lanes contexts in workspace.contexts: (vocabulary, lanes), in the workspace. lanes must be above
// 1.
float* logits_of_batch(const View& view, const Workspace& workspace) noexcept;

// Logits (count, vocabulary) of any number of contexts.
void logits(const View& view, const std::int32_t* contexts, std::size_t count, float* out,
            const Workspace& workspace) noexcept;

// Outputs (count, view.outputs()) of any number of rows of view.inputs() numbers, row_stride apart, for a file of a
// table. A row with NaN gives NaN.
void outputs(const View& view, const float* rows, std::size_t count, std::size_t row_stride, float* y,
             const Workspace& workspace) noexcept;

// The class of an example, whose outputs are stride apart: the first of the greatest outputs, or the second class if
// the single output is above 0.
std::int32_t class_of(const Header& header, const float* outputs, std::ptrdiff_t stride) noexcept;

// The class of each row, as by class_of: the first of its greatest outputs, or the second class if the single output is
// above 0. A row with NaN gives 0.
void classify(const View& view, const float* rows, std::size_t count, std::size_t row_stride, std::int32_t* classes,
              const Workspace& workspace) noexcept;

// Padded outputs of an example of the test vector, in the workspace. A table's rows are numbers of the counter-based
// stream from -2 to 2; if the file begins with a standardization, they count deviations from the mean.
float* outputs_of_test(const View& view, std::uint32_t test, const Workspace& workspace) noexcept;

// Writes the numbers that the test vector stores for an example's outputs, test_outputs(*view.header) of them.
void test_outputs_of(const View& view, const float* outputs, float* to) noexcept;

// Recomputes the file's test vector. Returns NIB_ERR_FORMAT if an output differs by more than 1e-4 of the largest, or
// 0.05 with 8-bit weights.
nib_status check_test_vector(const View& view, const Workspace& workspace) noexcept;

} // namespace nib::infer
