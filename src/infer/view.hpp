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

// Words of weights that stay in a core's second cache while rows of a plane pass by.
inline constexpr std::uint64_t weights_that_stay = 1 << 16;

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

// A size or a distance in a file; where it is used, it fits in 32 bits.
constexpr std::ptrdiff_t signed_of(std::uint64_t n) noexcept { return static_cast<std::ptrdiff_t>(n); }

// Without what depends on the example: the step, the term, and whether a relu follows.
inline PlaneConvolution convolution_of(const View& view, const Operation& o) noexcept
{
    const std::uint64_t row = section_row(o), channels = o.in.channels;
    const bool is_bytes = o.bits == 8;
    const Bordered plane = bordered_of(o);
    const Runs runs = runs_of(o);
    const std::uint64_t pitch = plane.width * channels;
    const float *const bias = view.numbers(o), *const after = bias + row;
    PlaneConvolution t{.number_bytes = is_bytes ? 1 : 4,
                       .kernel_y = signed_of(o.y.kernel),
                       .runs = signed_of(runs.in_row),
                       .run = signed_of(runs.inputs),
                       .row_step = signed_of(o.y.dilation * pitch),
                       .run_step = signed_of(o.x.dilation * channels),
                       .pixel_step = signed_of(o.x.stride * channels),
                       .pitch = signed_of(pitch),
                       .height = signed_of(plane.height),
                       .above = is_bytes ? 0 : signed_of(o.y.padding),
                       .stride_y = signed_of(o.y.stride),
                       .dilation_y = signed_of(o.y.dilation),
                       .out_height = signed_of(o.out.height),
                       .out_width = signed_of(o.out.width),
                       .out_channels = signed_of(o.out.channels),
                       .groups = signed_of(o.groups),
                       .group_inputs = signed_of(channels / o.groups),
                       .group_outputs = signed_of(o.out.channels / o.groups),
                       .panel = signed_of(16 * weight_rows(o)),
                       .weight_bits = o.bits,
                       .rows_outside = weight_rows(o) * row <= weights_that_stay,
                       .weights = is_bytes ? after + 2 * row : after,
                       .bias = bias,
                       .scales = is_bytes ? after : nullptr,
                       .offsets = is_bytes ? after + row : nullptr,
                       .step = 0.0f,
                       .term = nullptr,
                       .rectifies = false};
    if (taps_of(o) == 1 && o.y.stride == 1 && o.x.stride == 1 && o.y.padding == 0 && o.x.padding == 0) {
        // The plane's rows are one row.
        t.out_width *= t.out_height;
        t.out_height = 1;
    }
    return t;
}

inline Windows windows_of(const Operation& o) noexcept
{
    const auto axis = [](const Axis& w, std::uint32_t size, std::uint32_t outputs) {
        return kernels::WindowAxis{signed_of(size),     signed_of(outputs),   signed_of(w.kernel),
                                   signed_of(w.stride), signed_of(w.padding), signed_of(w.dilation)};
    };
    return {.channels = signed_of(o.in.channels),
            .y = axis(o.y, o.in.height, o.out.height),
            .x = axis(o.x, o.in.width, o.out.width)};
}

// For a batch of so many lanes, without a relu.
inline BatchConvolution batch_convolution_of(const View& view, const Operation& o, std::ptrdiff_t lanes) noexcept
{
    const float* const bias = view.numbers(o);
    return {.windows = windows_of(o),
            .outputs = signed_of(o.out.channels),
            .panel = signed_of(16 * weight_rows(o)),
            .weights = bias + section_row(o),
            .bias = bias,
            .lanes = lanes,
            .rectifies = false};
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
