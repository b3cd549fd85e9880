#include "infer/view.hpp"

#include "activations/list.hpp"
#include "base/crc32c.hpp"

namespace nib::infer {

namespace {

bool is_finite(double x) { return x - x == 0; }

bool in_range(const Header& h)
{
    for (const HeaderRange& each : header_ranges) {
        if (h.*each.field < each.low || h.*each.field > each.high) return false;
    }
    return (h.weight_bits == 32 || h.weight_bits == 16 || h.weight_bits == 8) && sums_fit(h);
}

bool certificate_in_range(const Header& h)
{
    return h.certificate_examples <= UINT32_MAX && is_finite(h.loss_before) && is_finite(h.loss_after) &&
           is_finite(h.largest_logit_difference) && h.equal_argmax >= 0 && h.equal_argmax <= 1;
}

// The bound that an activation's outputs keep to; 0: none.
float bound_of(nib_activation activation)
{
    float bound = 0.0f;
    activations::with_activation(activation, [&]<class Activation>() { bound = Activation::bound; });
    return bound;
}

} // namespace

nib_activation View::activation(std::uint32_t index) const noexcept
{
    return index == header->inner_layers ? NIB_IDENTITY : static_cast<nib_activation>(header->activation);
}

Dense View::layer(std::uint32_t index) const noexcept
{
    const std::uint32_t bits = header->weight_bits, first_further = has_table() ? 1 : 0;
    std::uint64_t offset = 0;
    // The first and the last may differ from those between, which are all alike.
    if (index > first_further) {
        offset = layer_size(*header, first_further).bytes(bits);
        if (index > first_further + 1) offset += (index - first_further - 1) * layer_size(*header, 1).bytes(bits);
    }
    const LayerSize size = layer_size(*header, index);
    const auto row = static_cast<std::ptrdiff_t>(size.stride() * sizeof(float));
    const char* bias = layers + offset;
    const char* after = bias + row;
    return {.inputs = static_cast<std::ptrdiff_t>(size.inputs),
            .outputs = static_cast<std::ptrdiff_t>(size.outputs),
            .stride = static_cast<std::ptrdiff_t>(size.stride()),
            .weight_bits = bits,
            .bias = reinterpret_cast<const float*>(bias),
            .scales = bits == 8 ? reinterpret_cast<const float*>(after) : nullptr,
            .offsets = bits == 8 ? reinterpret_cast<const float*>(after + row) : nullptr,
            .weights = bits == 8 ? after + 2 * row : after,
            .input_bound = index > 0 ? bound_of(activation(index - 1)) : 0.0f,
            .activation = activation(index)};
}

Lookup View::lookup() const noexcept
{
    return {.table = first,
            .context_length = context_length(),
            .vocabulary = vocabulary(),
            .stride = static_cast<std::ptrdiff_t>(layer_size(*header, 0).stride()),
            .activation = activation(0)};
}

nib_status check_header(const void* file, std::size_t size) noexcept
{
    if (reinterpret_cast<std::uintptr_t>(file) % 64 != 0) return NIB_ERR_INVALID_ARGUMENT;
    if (size < sizeof(Header)) return NIB_ERR_FORMAT;
    const Header& h = *static_cast<const Header*>(file);
    for (std::size_t i = 0; i < sizeof magic; ++i) {
        if (h.magic[i] != magic[i]) return NIB_ERR_FORMAT;
    }
    if (h.version != version || !in_range(h) || !certificate_in_range(h)) return NIB_ERR_FORMAT;
    return h.file_bytes == size && sections(h).end == size ? NIB_OK : NIB_ERR_FORMAT;
}

nib_status open(const void* file, std::size_t size, View& view) noexcept
{
    if (const nib_status status = check_header(file, size); status != NIB_OK) return status;
    const std::uint32_t crc = crc32c(static_cast<const char*>(file) + checked_from, size - checked_from);
    return crc == static_cast<const Header*>(file)->crc ? map(file, view) : NIB_ERR_FORMAT;
}

nib_status map(const void* file, View& view) noexcept
{
    const auto* bytes = static_cast<const char*>(file);
    const auto* header = static_cast<const Header*>(file);
    const Sections at = sections(*header);
    view = {.header = header,
            .kernels = nullptr,
            .dots = nullptr,
            .symbols = reinterpret_cast<const unsigned char*>(bytes + at.symbols),
            .test_contexts = reinterpret_cast<const std::int32_t*>(bytes + at.test_contexts),
            .test_logits = reinterpret_cast<const float*>(bytes + at.test_logits),
            .first = reinterpret_cast<const float*>(bytes + at.first),
            .layers = bytes + at.layers};
    view.use(best_table());
    const std::ptrdiff_t ids = static_cast<std::ptrdiff_t>(header->tests) * view.context_length();
    for (std::ptrdiff_t i = 0; i < ids; ++i) {
        if (view.test_contexts[i] < 0 || view.test_contexts[i] >= view.vocabulary()) return NIB_ERR_FORMAT;
    }
    return NIB_OK;
}

} // namespace nib::infer
