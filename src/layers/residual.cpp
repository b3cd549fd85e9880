// residual(main | shortcut): the sum of two lists' outputs, or of one list's output and its input
// (He et al. 2015, arXiv:1512.03385).
#include "layers/list.hpp"
#include "net/evaluation.hpp"
#include "net/model.hpp"

namespace nib {

namespace {

void evaluate(const Model& model, std::size_t node, int, const Evaluation& e)
{
    const std::ptrdiff_t numbers = model.network.nodes()[node].out.rows() * evaluation_chunk;
    for (std::ptrdiff_t i = 0; i < numbers; ++i) e.to[i] = e.from[i] + e.shortcut[i];
}

} // namespace

constinit const LayerKind residual_layer = {
    .word = {.name = "residual",
             .help = "the sum of what two lists make of the input; without the second, of the first and the input"},
    .evaluate = evaluate,
    .is_residual = true,
    .keeps_shape = true,
};

} // namespace nib
