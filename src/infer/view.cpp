#include "infer/view.hpp"

#include "base/crc32c.hpp"
#include "infer/names.hpp"

namespace nib::infer {

namespace {

bool is_finite(double x) { return x - x == 0; }

bool in_range(const Header& h)
{
    if (h.answers > Answers::numbers) return false;
    for (const HeaderRange& each : header_ranges) {
        if (!each.holds(h)) return false;
    }
    if (!shape_in_range(h)) return false;
    if (h.answers == Answers::classes && h.outputs < 2) return false;
    if (h.answers == Answers::two_classes && h.outputs != 1) return false;
    for (const unsigned char byte : h.zeros) {
        if (byte != 0) return false;
    }
    return h.weight_bits == 32 || h.weight_bits == 16 || h.weight_bits == 8;
}

// Whether there is a name for each class, and nothing behind the last.
bool names_fit(const View& view)
{
    const char *at = view.names, *const end = at + view.header->name_bytes;
    for (std::uint32_t i = 0; i < view.header->classes(); ++i) {
        const auto left = static_cast<std::uint64_t>(end - at);
        if (left < 4 || round_up(name_at(at).size, 4) > left - 4) return false;
        at = behind_name(at);
    }
    return at == end;
}

bool certificate_in_range(const Header& h)
{
    return h.certificate_examples <= UINT32_MAX && is_finite(h.loss_before) && is_finite(h.loss_after) &&
           is_finite(h.largest_logit_difference) && h.equal_argmax >= 0 && h.equal_argmax <= 1;
}

} // namespace

nib_status check_header(const void* file, std::size_t size) noexcept
{
    if (reinterpret_cast<std::uintptr_t>(file) % 64 != 0) return NIB_ERR_INVALID_ARGUMENT;
    if (size < sizeof(Header)) return NIB_ERR_FORMAT;
    const Header& h = *static_cast<const Header*>(file);
    for (std::size_t i = 0; i < sizeof magic; ++i) {
        if (h.magic[i] != magic[i]) return NIB_ERR_FORMAT;
    }
    if (h.version != version || !in_range(h) || !certificate_in_range(h)) return NIB_ERR_FORMAT;
    const FileParts parts = parts_of(h);
    if (parts.schema - parts.test_contexts > max_test_bytes) return NIB_ERR_FORMAT;
    return h.file_bytes == size && parts.sections <= size ? NIB_OK : NIB_ERR_FORMAT;
}

nib_status check_sizes(const void* file, std::size_t size) noexcept
{
    if (const nib_status status = check_header(file, size); status != NIB_OK) return status;
    const Header& h = *static_cast<const Header*>(file);
    if (first_bad_operation(h, operations_of(h)) != h.operations) return NIB_ERR_FORMAT;
    return end_of(h) == size ? NIB_OK : NIB_ERR_FORMAT;
}

nib_status open(const void* file, std::size_t size, View& view) noexcept
{
    if (const nib_status status = check_sizes(file, size); status != NIB_OK) return status;
    const std::uint32_t crc = crc32c(static_cast<const char*>(file) + checked_from, size - checked_from);
    return crc == static_cast<const Header*>(file)->crc ? map(file, view) : NIB_ERR_FORMAT;
}

nib_status map(const void* file, View& view) noexcept
{
    const auto* bytes = static_cast<const char*>(file);
    const auto* header = static_cast<const Header*>(file);
    const FileParts at = parts_of(*header);
    view = {.header = header,
            .kernels = nullptr,
            .dots = nullptr,
            .symbols = reinterpret_cast<const unsigned char*>(bytes + at.symbols),
            .names = bytes + at.names,
            .test_contexts = reinterpret_cast<const std::int32_t*>(bytes + at.test_contexts),
            .test_outputs = reinterpret_cast<const float*>(bytes + at.test_outputs),
            .schema = bytes + at.schema,
            .text = bytes + at.text,
            .sections = bytes + at.sections,
            .places = place_sizes(*header)};
    view.use(best_table());
    if (!names_fit(view)) return NIB_ERR_FORMAT;
    const std::ptrdiff_t ids = view.is_of_text() ? static_cast<std::ptrdiff_t>(header->tests) * view.inputs() : 0;
    for (std::ptrdiff_t i = 0; i < ids; ++i) {
        if (view.test_contexts[i] < 0 || view.test_contexts[i] >= view.vocabulary()) return NIB_ERR_FORMAT;
    }
    return NIB_OK;
}

} // namespace nib::infer
