// The sizes in bytes that each struct of nib/nib.h has had. When a struct grows, append its new size.
#pragma once

#include "base/struct_versions.hpp"
#include "nib/nib.h"

namespace nib {

template <>
struct StructSizes<nib_context_options> {
    static constexpr std::size_t list[] = {40};
};
template <>
struct StructSizes<nib_dataset_options> {
    static constexpr std::size_t list[] = {24, 32};
};
template <>
struct StructSizes<nib_dataset_info> {
    static constexpr std::size_t list[] = {72, 80, 112};
};
template <>
struct StructSizes<nib_table> {
    static constexpr std::size_t list[] = {112, 136};
};
template <>
struct StructSizes<nib_split_options> {
    static constexpr std::size_t list[] = {32};
};
template <>
struct StructSizes<nib_table_options> {
    static constexpr std::size_t list[] = {120};
};
template <>
struct StructSizes<nib_metrics> {
    static constexpr std::size_t list[] = {104};
};
template <>
struct StructSizes<nib_model_options> {
    static constexpr std::size_t list[] = {32, 40};
};
template <>
struct StructSizes<nib_option_info> {
    static constexpr std::size_t list[] = {136};
};
template <>
struct StructSizes<nib_model_info> {
    static constexpr std::size_t list[] = {32, 40, 48, 56, 80};
};
template <>
struct StructSizes<nib_layer_info> {
    static constexpr std::size_t list[] = {120};
};
template <>
struct StructSizes<nib_tensor_info> {
    static constexpr std::size_t list[] = {32, 72};
};
template <>
struct StructSizes<nib_train_options> {
    static constexpr std::size_t list[] = {104, 128};
};
template <>
struct StructSizes<nib_collective> {
    static constexpr std::size_t list[] = {56};
};
template <>
struct StructSizes<nib_layer_statistics> {
    static constexpr std::size_t list[] = {72, 80};
};
template <>
struct StructSizes<nib_tensor_statistics> {
    static constexpr std::size_t list[] = {88};
};
template <>
struct StructSizes<nib_histogram> {
    static constexpr std::size_t list[] = {824};
};
template <>
struct StructSizes<nib_fold_options> {
    static constexpr std::size_t list[] = {40};
};
template <>
struct StructSizes<nib_plan_info> {
    static constexpr std::size_t list[] = {64};
};
template <>
struct StructSizes<nib_operation_info> {
    static constexpr std::size_t list[] = {40};
};
template <>
struct StructSizes<nib_folded_info> {
    static constexpr std::size_t list[] = {160};
};
template <>
struct StructSizes<nib_sampler_options> {
    static constexpr std::size_t list[] = {48};
};

} // namespace nib
