// Models and texts as the tests of nn/ and train/ need them.
#pragma once

#include "goldens.hpp"
#include "io/text.hpp"
#include "nn/model.hpp"
#include "train/presets.hpp"

#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <string>
#include <vector>

namespace nib::test {

inline Memory* heap() { return std::pmr::new_delete_resource(); }

// size - 1 symbols from "a" on, bytes; the end mark makes them size.
inline Vocabulary vocabulary_of_size(std::int32_t size)
{
    std::vector<std::uint32_t> symbols;
    for (std::int32_t id = 1; id < size; ++id) symbols.push_back(static_cast<std::uint32_t>('a' + id - 1));
    return Vocabulary(size <= 100 ? NIB_ENCODING_BYTES : NIB_ENCODING_UTF8, symbols);
}

inline Text text_of(const std::string& lines) { return Text(lines, "lines", {}, heap()); }

inline Text bundled_names() { return load_text(source_path("data/names.txt"), {}, heap()); }

// A preset's network, initialised, over the text's vocabulary.
inline Model new_model(const nib_model_options& options, const Text& text)
{
    Model model(options, text.vocabulary(), heap());
    initialise(model);
    return model;
}

inline std::vector<float> tensor_values(const Tensor& tensor, const float* arena)
{
    std::vector<float> values(static_cast<std::size_t>(tensor.rows * tensor.columns));
    read_tensor(tensor, arena, values.data());
    return values;
}

// Everything that training changes and a file would hold, in one row: parameters in state_dict order, then the running
// statistics layer by layer. Padding is left out.
inline std::vector<float> state_of(const Model& model)
{
    std::vector<float> state;
    for (const Tensor& tensor : model.layout.tensors) {
        const std::vector<float> values = tensor_values(tensor, model.parameters.data());
        state.insert(state.end(), values.begin(), values.end());
    }
    for (const Layer& layer : model.layout.layers) {
        if (!layer.norm) continue;
        for (const std::ptrdiff_t from : {layer.running_mean, layer.running_variance}) {
            const float* values = model.running.data() + from;
            state.insert(state.end(), values, values + layer.outputs);
        }
    }
    return state;
}

} // namespace nib::test
