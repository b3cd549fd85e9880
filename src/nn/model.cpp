#include "nn/model.hpp"

#include "nn/model_options.hpp"

namespace nib {

Model::Model(const nib_model_options& wanted, Vocabulary symbols, Memory* memory_source)
    : options((check_options(wanted), wanted)),
      vocabulary(std::move(symbols)),
      layout(wanted, static_cast<std::ptrdiff_t>(vocabulary.size())),
      parameters(static_cast<std::size_t>(layout.size), memory_source),
      running(static_cast<std::size_t>(layout.running_size), memory_source),
      generator(wanted.seed),
      memory(memory_source)
{
    for (const Layer& layer : layout.layers) {
        if (!layer.norm) continue;
        for (std::ptrdiff_t i = 0; i < layer.outputs; ++i) running.data()[layer.running_variance + i] = 1.0f;
    }
}

void read_tensor(const Tensor& tensor, const float* arena, float* values) noexcept
{
    const float* from = arena + tensor.offset;
    for (std::ptrdiff_t r = 0; r < tensor.rows; ++r) {
        for (std::ptrdiff_t c = 0; c < tensor.columns; ++c) {
            *values++ = from[r * tensor.row_stride + c * tensor.column_stride];
        }
    }
}

void write_tensor(const Tensor& tensor, const float* values, float* arena) noexcept
{
    float* to = arena + tensor.offset;
    for (std::ptrdiff_t r = 0; r < tensor.rows; ++r) {
        for (std::ptrdiff_t c = 0; c < tensor.columns; ++c) {
            to[r * tensor.row_stride + c * tensor.column_stride] = *values++;
        }
    }
}

} // namespace nib
