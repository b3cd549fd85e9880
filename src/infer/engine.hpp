// From contexts to logits.
#pragma once

#include "infer/view.hpp"

namespace nib::infer {

inline constexpr std::size_t max_lanes = 64;

// Lanes of a batch are a multiple: the widest register has so many.
inline constexpr std::size_t lane_step = 16;

// A workspace for a batch has room for a multiple: two registers of lanes cost a tenth less each than one, which many
// items use that are drawn side by side.
inline constexpr std::size_t plan_step = 32;

// How a caller's workspace is used. lanes: contexts computed side by side, 1 or a multiple of 16. In floats, each part
// a multiple of 16:
//
//   places        activations, (features, lanes): places.hpp says which operation reads and writes which
//   rows          lanes > 1: what add_rows_batch needs, 16 rows of the table, or layer_batch of 16-bit weights
//   contexts      int32: one context twice as long, so that it can slide; of a batch, (context length, lanes)
struct Plan {
    std::ptrdiff_t lanes;
    std::size_t rows, contexts, end; // where each begins; end: of all

    std::size_t bytes() const noexcept { return end * sizeof(float); }
};

// batch >= 1. The file's header and operations alone are read.
Plan make_plan(const Header& header, std::size_t batch) noexcept;

// A workspace in use.
struct Workspace {
    Plan plan;
    float* memory;
    std::int32_t* contexts;
};

// Uses as much of the memory as there is, for at most batch contexts at a time. NIB_ERR_WORKSPACE.
nib_status make_workspace(const View& view, std::size_t batch, void* memory, std::size_t bytes,
                          Workspace& workspace) noexcept;

// Logits of one context: the padded vocabulary's floats, in the workspace.
float* logits_of_one(const View& view, const std::int32_t* context, const Workspace& workspace) noexcept;

// Logits of the plan.lanes contexts in workspace.contexts: (vocabulary, lanes), in the workspace. lanes > 1.
float* logits_of_batch(const View& view, const Workspace& workspace) noexcept;

// Logits (count, vocabulary) of any number of contexts.
void logits(const View& view, const std::int32_t* contexts, std::size_t count, float* out,
            const Workspace& workspace) noexcept;

// Writes the numbers that the test vector has of a context's logits, test_outputs(*view.header) of them.
void test_outputs_of(const View& view, const float* logits, float* outputs) noexcept;

// Computes the file's test vector anew. NIB_ERR_FORMAT where an output differs by more than 1e-4 of the largest, or
// 0.05 with 8-bit weights.
nib_status check_test_vector(const View& view, const Workspace& workspace) noexcept;

} // namespace nib::infer
