// The activations. Each is a struct in its own file, with these members:
//
//   number      its nib_activation
//   word        its name in files, exports and on the command line
//   gain        the deviation of weights that preserves the deviation of the activations: the value of
//               torch.nn.init.calculate_gain if it has one, otherwise 1 / sqrt(E y^2) for normal a
//   bound       a bound of |y|, for the 8-bit quantiser; 0: none
//   fused       whether kernels apply it inside their own loops. An activation that is not fused runs as a separate
//               pass over rows that are in the nearest cache, and adds no code to the other kernels.
//   errors      the largest errors of y and of the slope; errors_without_fma are those where the instruction set has
//               no fma
//   forward     y from a
//   backward    dy times the slope, from a and y. A fused activation must get by with y: a is not recomputed for it.
//   c_text      the body of $p_activation in an exported C file (deploy/export_c_text.hpp), the same operations as
//               forward; empty: the values pass unchanged
//   onnx        the same as operators of ONNX
//   pytorch     the expression that makes the module of torch.nn in Python
//
// The arithmetic is a template over the architecture and uses the operations of simd/block.hpp, so that the bits are
// the same wherever there is fma. The lanes of a block behind the last number may hold anything.
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

// Calls f.template operator()<Activation>(): turns a run-time value into a compile-time type.
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
