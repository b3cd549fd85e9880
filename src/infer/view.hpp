// A folded file opened where it lies: pointers into it, and the kernels to run it with.
#pragma once

#include "infer/format.hpp"
#include "infer/table.hpp"
#include "nib/status.h"

namespace nib::infer {

struct View {
    const Header* header;
    const EngineTable* kernels;
    const Dots* dots;             // best_dots(*kernels)
    const unsigned char* symbols; // 4 bytes each
    const std::int32_t* test_contexts;
    const float* test_logits;
    const float* first; // table or embedding
    const char* layers; // the further ones

    std::ptrdiff_t context_length() const noexcept { return header->context_length; }
    std::ptrdiff_t vocabulary() const noexcept { return header->vocabulary; }
    bool has_table() const noexcept { return header->first_layer == first_table; }
    std::uint32_t layer_count() const noexcept { return header->inner_layers + 1; }

    void use(const EngineTable* table) noexcept
    {
        kernels = table;
        dots = best_dots(*table);
    }

    // Of a layer's outputs; those of the last, the logits, have none: identity.
    nib_activation activation(std::uint32_t index) const noexcept;
    // Layer 0 only where it is no table.
    Dense layer(std::uint32_t index) const noexcept;
    Lookup lookup() const noexcept;
};

// Checks magic, version, ranges, sizes, checksum and ids: everything but the numbers of the layers (numbers.hpp) and
// what the network computes. file: at a multiple of 64. NIB_ERR_FORMAT.
nib_status open(const void* file, std::size_t size, View& view) noexcept;

// The part of open() after header and checksum, which it takes for right: so a file can be used that has no checksum
// yet.
nib_status map(const void* file, View& view) noexcept;

// The header's part of open(): where NIB_OK, the header's numbers are in range and size is what they ask for.
nib_status check_header(const void* file, std::size_t size) noexcept;

} // namespace nib::infer
