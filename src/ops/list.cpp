#include "ops/list.hpp"

#include "activations/description.hpp"

namespace nib {

namespace {

// In the order of infer::OperationKind.
constexpr const Op* ops[] = {&table_op,       &lookup_op,    &dense_op,    &scale_shift_op,  &normalise_op,
                             &activate_op,    &keep_op,      &swap_op,     &add_op,          &standardize_op,
                             &convolution_op, &depthwise_op, &max_pool_op, &average_pool_op, &flatten_op};
static_assert(std::size(ops) == infer::operation_kinds);

} // namespace

const Op& op_of(const infer::Operation& operation) { return *ops[static_cast<std::size_t>(operation.kind)]; }

const char* op_word(const infer::Operation& operation)
{
    if (static_cast<std::uint32_t>(operation.kind) >= infer::operation_kinds) return "?";
    const bool activates = operation.kind == infer::OperationKind::activate;
    if (activates && operation.activation <= activations::last_activation)
        return activations::description_of(static_cast<nib_activation>(operation.activation)).word;
    return op_of(operation).word;
}

} // namespace nib
