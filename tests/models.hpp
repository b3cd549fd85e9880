// Models and texts for the tests of net/ and train/.
#pragma once

#include "io/dataset.hpp"
#include "net/model.hpp"
#include "networks.hpp"
#include "paths.hpp"
#include "train/presets.hpp"

#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

namespace nib::test {

inline Memory* heap() { return std::pmr::new_delete_resource(); }

// size - 1 byte symbols from "a" on; the end mark makes them size.
inline Vocabulary vocabulary_of_size(std::int32_t size)
{
    std::vector<std::uint32_t> symbols;
    for (std::int32_t id = 1; id < size; ++id) symbols.push_back(static_cast<std::uint32_t>('a' + id - 1));
    return Vocabulary(size <= 100 ? NIB_ENCODING_BYTES : NIB_ENCODING_UTF8, symbols);
}

inline Dataset text_of(const std::string& lines) { return Dataset(Text(lines, "lines", {}, heap())); }

inline Dataset bundled_names() { return Dataset(load_text(source_path("data/names.txt"), {}, heap())); }

// A model for data of a format, with all parameters 0.
inline Model empty_model(ModelSpec spec, DataFormat format)
{
    ModelDesign design(std::move(spec), shape_of(format));
    return Model(std::move(design), std::move(format), heap());
}

// An initialised network for the data.
inline Model new_model(ModelSpec spec, const Dataset& data)
{
    Model model = empty_model(std::move(spec), data.format());
    initialise(model);
    if (data.table() != nullptr) fit(model, *data.table());
    return model;
}
inline Model new_model(const nib_model_options& options, const Dataset& text)
{
    return new_model(spec_of(options), text);
}

inline std::vector<float> tensor_values(const Tensor& tensor, const float* arena)
{
    std::vector<float> values(static_cast<std::size_t>(tensor.rows * tensor.columns));
    read_tensor(tensor, arena, values.data());
    return values;
}

// Everything that training changes and a file stores, in one row: parameters in state_dict order, then the running
// statistics layer by layer, without padding.
inline std::vector<float> state_of(const Model& model)
{
    std::vector<float> state;
    for (const Tensor& tensor : model.layout.tensors) {
        const std::vector<float> values = tensor_values(tensor, model.parameters.data());
        state.insert(state.end(), values.begin(), values.end());
    }
    for (const Running& running : model.layout.running) {
        for (const std::ptrdiff_t from : {running.mean, running.spread}) {
            const float* values = model.running.data() + from;
            state.insert(state.end(), values, values + running.size);
        }
    }
    return state;
}

} // namespace nib::test
