// A data set of rows of numbers, each with a class or numbers to learn, divided into splits.
#pragma once

#include "io/schema.hpp"
#include "io/table_rows.hpp"
#include "nib/nib.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nib {

// Rows in memory of any owner. Strides are in elements.
struct TableView {
    std::ptrdiff_t rows = 0;
    const float* x = nullptr; // (rows, features)
    std::ptrdiff_t row_stride = 0;
    const std::int32_t* classes = nullptr; // (rows); or
    const float* targets = nullptr;        // (rows, targets)
    std::ptrdiff_t target_stride = 0;
    const float* weights = nullptr; // (rows); null: each is 1
};

TableView view_of(const TableRows& rows, std::ptrdiff_t targets);

// The rows of a split: some of a view's rows, in an order.
struct TablePart {
    TableRows owned; // empty: the view's rows outlive the table, or belong to another part
    TableView view;
    Buffer<std::uint32_t> order; // empty: all rows, in their order in memory
};

// A table divided into three splits; the order of each split names its rows.
std::array<TablePart, 3> cut(TableRows owned, const TableView& view, std::array<Buffer<std::uint32_t>, 3> orders);

// Constant once made: any number of threads may read it.
class DataTable {
public:
    // parts is indexed by nib_split; the second and the third may have no rows. Throws NIB_ERR_DATA as check_schema
    // does. Throws NIB_ERR_DATA that names split, row and column for a number that is not finite, a class that the
    // schema lacks, or a weight below 0; and NIB_ERR_DATA for a training split without rows, or with weights of 0 only.
    DataTable(Schema schema, std::array<TablePart, 3> parts, std::vector<std::uint64_t> row_shape = {});

    const Schema& schema() const noexcept { return schema_; }
    std::ptrdiff_t features() const noexcept { return features_; }
    bool has_weights() const noexcept { return has_weights_; } // in any split

    // The extents of a row in the array that it comes from, whose product is the number of features, for example 28,
    // 28; empty: they are not known.
    const std::vector<std::uint64_t>& row_shape() const noexcept { return row_shape_; }

    // 0..2^32 - 1.
    std::uint32_t examples(nib_split split) const noexcept { return sizes_[static_cast<std::size_t>(split)]; }

    // CRC-32C of the rows of all splits in their order, of their targets, and of the weights.
    std::uint32_t checksum() const noexcept { return checksum_; }

    // The numbers of an example, (features). number must be below examples(split).
    const float* row(nib_split split, std::uint32_t number) const noexcept
    {
        const TablePart& part = part_of(split);
        return part.view.x + index_of(part, number) * part.view.row_stride;
    }
    std::int32_t class_of(nib_split split, std::uint32_t number) const noexcept
    {
        const TablePart& part = part_of(split);
        return part.view.classes[index_of(part, number)];
    }
    const float* targets(nib_split split, std::uint32_t number) const noexcept
    {
        const TablePart& part = part_of(split);
        return part.view.targets + index_of(part, number) * part.view.target_stride;
    }
    float weight(nib_split split, std::uint32_t number) const noexcept
    {
        const TablePart& part = part_of(split);
        return part.view.weights == nullptr ? 1.0f : part.view.weights[index_of(part, number)];
    }

private:
    static std::ptrdiff_t index_of(const TablePart& part, std::uint32_t number) noexcept
    {
        return part.order.size() == 0 ? number : part.order[number];
    }
    const TablePart& part_of(nib_split split) const noexcept { return parts_[static_cast<std::size_t>(split)]; }
    void check_rows(nib_split split) const;
    std::uint32_t checksum_of(nib_split split, std::uint32_t before) const;

    Schema schema_;
    std::ptrdiff_t features_;
    std::vector<std::uint64_t> row_shape_;
    std::array<TablePart, 3> parts_;
    std::array<std::uint32_t, 3> sizes_{};
    bool has_weights_ = false;
    std::uint32_t checksum_ = 0;
};

} // namespace nib
