// The ranges that nib/nib.h states for the options of a model and of its training.
#pragma once

#include "nib/nib.h"

#include <cstdint>

namespace nib {

// A field that is a whole number, by its name in messages and in files, and its range.
template <class Options, class Number>
struct WholeNumber {
    const char* name;
    Number Options::*field;
    std::int64_t low, high;
};

inline constexpr WholeNumber<nib_model_options, std::int32_t> model_integers[] = {
    {"context_length", &nib_model_options::context_length, 1, 256},
    {"embedding_size", &nib_model_options::embedding_size, 1, 4096},
    {"hidden_size", &nib_model_options::hidden_size, 1, 65536},
    {"hidden_layers", &nib_model_options::hidden_layers, 0, 64},
    {"batchnorm", &nib_model_options::batchnorm, 0, 1},
    {"output_batchnorm", &nib_model_options::output_batchnorm, 0, 1},
};

inline constexpr WholeNumber<nib_train_options, std::int64_t> train_integers[] = {
    {"steps", &nib_train_options::steps, 1, std::int64_t{1} << 40},
    {"decay_at", &nib_train_options::decay_at, 0, INT64_MAX},
    {"warmup_steps", &nib_train_options::warmup_steps, 0, INT64_MAX},
};
inline constexpr WholeNumber<nib_train_options, std::int32_t> train_batch_size = {
    "batch_size", &nib_train_options::batch_size, 1, 1048576};

// Each throws NIB_ERR_INVALID_ARGUMENT with the first field that is out of range. struct_size is not looked at.
void check_options(const nib_model_options& options);

// For a training of a model with these options: batch normalisation needs two rows.
void check_options(const nib_train_options& options, const nib_model_options& model);

} // namespace nib
