// The activations, each a struct in a file of its own:
//
//   number      its nib_activation
//   word        in files, exports and on the command line
//   gain        the deviation of weights that keep the deviation of what passes: torch.nn.init.calculate_gain's, where
//               it has one, otherwise 1 / sqrt(E y^2) for normal a
//   bound       of |y|, for the quantiser of 8 bits; 0: none
//   fused       whether kernels have it in the loops around it. The others are a pass of their own over rows that are
//               in the nearest cache, and leave nothing of themselves in other kernels' code.
//   errors      the largest of y and of the slope, and errors_without_fma where the instruction set has none
//   forward     y from a
//   backward    dy times the slope, from a and y. A fused one must do with y: a is not computed anew for it.
//   c_text      $p_activation of an exported C file (deploy/export_c_text.hpp), operation by operation as forward;
//               empty: nothing is done
//   onnx        the same as operators
//   pytorch     the module of torch.nn, as Python makes it
//
// Arithmetic is a template over the architecture, on simd/block.hpp's operations: the same bits wherever there is fma.
// A block's lanes hold anything behind the last number.
#pragma once

#include "activations/elu.hpp"
#include "activations/gelu.hpp"
#include "activations/gelu_tanh.hpp"
#include "activations/hardtanh.hpp"
#include "activations/identity.hpp"
#include "activations/leaky_relu.hpp"
#include "activations/relu.hpp"
#include "activations/relu6.hpp"
#include "activations/sigmoid.hpp"
#include "activations/silu.hpp"
#include "activations/softplus.hpp"
#include "activations/tanh.hpp"

#include <cstddef>

namespace nib::activations {

template <class... Each>
struct List {
    static constexpr std::size_t size = sizeof...(Each);
};

// In the order of nib_activation.
using Activations =
    List<Tanh, Relu, Identity, Gelu, GeluTanh, Silu, Sigmoid, LeakyRelu, Elu, Hardtanh, Softplus, Relu6>;
inline constexpr auto last_activation = static_cast<nib_activation>(Activations::size - 1);

template <class... Each>
constexpr bool in_order(List<Each...>)
{
    int next = 0;
    return ((Each::number == next++) && ...);
}
static_assert(in_order(Activations{}), "activations stand in the order of nib_activation");

// Calls f.template operator()<Activation>(): from a value at run time to code that is compiled for it.
template <class F, class... Each>
NIB_INLINE void with_one_of(List<Each...>, nib_activation activation, F f)
{
    (void)((activation == Each::number && (f.template operator()<Each>(), true)) || ...);
}

template <class F>
NIB_INLINE void with_activation(nib_activation activation, F f)
{
    with_one_of(Activations{}, activation, f);
}

} // namespace nib::activations
