// A folded file, opened in place: pointers into it, and the kernels to run it with.
#pragma once

#include "infer/format.hpp"
#include "infer/places.hpp"
#include "infer/table.hpp"
#include "nib/status.h"

namespace nib::infer {

struct View {
    const Header* header;
    const EngineTable* kernels;
    const Dots* dots;             // best_dots(*kernels)
    const unsigned char* symbols; // 4 bytes each
    const char* names;            // of classes
    const std::int32_t* test_contexts;
    const float* test_outputs;
    const char* schema; // header->schema_bytes
    const char* text;   // header->text_bytes
    const char* sections;
    PlaceSizes places;

    bool is_of_text() const noexcept { return header->is_of_text(); }
    std::ptrdiff_t inputs() const noexcept { return header->inputs; } // for text the context length
    std::ptrdiff_t outputs() const noexcept { return header->outputs; }
    std::ptrdiff_t vocabulary() const noexcept { return header->symbols(); } // 0 for a table
    const Operation* operations() const noexcept { return operations_of(*header); }
    const Operation* end() const noexcept { return operations() + header->operations; }
    const float* numbers(const Operation& o) const noexcept
    {
        return reinterpret_cast<const float*>(sections + o.section);
    }

    void use(const EngineTable* table) noexcept
    {
        kernels = table;
        dots = best_dots(*table);
    }
};

// The numbers of operations in the form in which kernels take them.
inline Rows rows_of(const View& view, const Operation& o) noexcept
{
    const auto stride = static_cast<std::ptrdiff_t>(stride_of(o));
    const auto* bias = view.numbers(o);
    const float* after = bias + stride;
    return {.rows = o.bits == 8 ? after + stride : after,
            .bias = bias,
            .scales = o.bits == 8 ? after : nullptr,
            .context_length = static_cast<std::ptrdiff_t>(o.inputs),
            .vocabulary = view.vocabulary(),
            .stride = stride,
            .words = static_cast<std::ptrdiff_t>(table_words(o)),
            .bits = o.bits};
}

inline Dense dense_of(const View& view, const Operation& o) noexcept
{
    const auto stride = static_cast<std::ptrdiff_t>(stride_of(o));
    const auto* bias = view.numbers(o);
    const float* after = bias + stride;
    return {.inputs = static_cast<std::ptrdiff_t>(o.inputs),
            .outputs = static_cast<std::ptrdiff_t>(o.outputs),
            .stride = stride,
            .weight_bits = o.bits,
            .bias = bias,
            .scales = o.bits == 8 ? after : nullptr,
            .offsets = o.bits == 8 ? after + stride : nullptr,
            .weights = o.bits == 8 ? after + 2 * stride : after,
            .input_bound = o.bound};
}

// Checks magic, version, ranges, operations, sizes, checksum, names and ids: everything but the numbers of the
// operations (numbers.hpp) and the network's results. file: at a multiple of 64. Returns NIB_ERR_FORMAT if a check
// fails.
nib_status open(const void* file, std::size_t size, View& view) noexcept;

// The part of open() after the checks of header, operations and checksum, which must hold: for a file that has no
// checksum yet.
nib_status map(const void* file, View& view) noexcept;

// The part of open() that checks the header and reads nothing behind it. After NIB_OK the header's numbers are in
// range, and size is the file's size and has room for the operations.
nib_status check_header(const void* file, std::size_t size) noexcept;

// check_header, then checks the operations, and that they need exactly size bytes.
nib_status check_sizes(const void* file, std::size_t size) noexcept;

} // namespace nib::infer
