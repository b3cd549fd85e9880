#include "fuzz/files/folded_edit.hpp"

#include "fuzz/fuzz.hpp"
#include "infer/engine.hpp"
#include "infer/format.hpp"
#include "nib/nib.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory_resource>
#include <type_traits>

namespace nib::fuzz {

namespace {

using infer::Header;

constexpr std::size_t largest_file = 200000;

void edit_field(Random& random, Header& h)
{
    std::uint32_t* const fields[] = {&h.version,     &h.context_length, &h.vocabulary, &h.embedding_size,
                                     &h.inner_width, &h.inner_layers,  &h.activation, &h.encoding,
                                     &h.weight_bits, &h.first_layer,    &h.tests};
    std::uint32_t& field = *random.any(fields);
    field = random.of<std::uint32_t>(
        {0, 1, 2, 8, 16, 32, 64, 65, 256, 257, 4096, 4097, 65536, 65537, field + 1, field - 1, 0x7fffffff, 0xffffffff});
}

void edit_certificate(Random& random, Header& h)
{
    using Limits = std::numeric_limits<double>;
    double* const fields[] = {&h.loss_before, &h.loss_after, &h.largest_logit_difference, &h.equal_argmax};
    *random.any(fields) = random.of({Limits::quiet_NaN(), Limits::infinity(), -1.0, 2.0, Limits::max()});
    if (random.one_in(2)) h.certificate_examples = random.of<std::uint64_t>({0, 1, UINT64_MAX, UINT64_MAX / 2 + 1});
}

void edit_number(Random& random, std::string& bytes)
{
    if (bytes.size() < sizeof(Header) + 4) return;
    const std::size_t places = (bytes.size() - sizeof(Header)) / 4;
    char* at = bytes.data() + sizeof(Header) + 4 * random.below(places);
    const auto number =
        random.of<std::uint32_t>({0, 1, 0x7fc00000, 0x7f800000, 0xff800000, 0x7f7fffff, 0x80000000, 0x61, 0xffffffff,
                                  0x00617a00, static_cast<std::uint32_t>(random.next())});
    std::memcpy(at, &number, sizeof number);
}

// The network's own answers in place of the test vector's.
void mend_vector(std::string& bytes)
{
    std::pmr::memory_resource* heap = std::pmr::new_delete_resource();
    Buffer<char> file = copy_of(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), heap);
    infer::View view{};
    if (infer::open(file.data(), file.size(), view) != NIB_OK) return;
    const Header& h = *view.header;
    Buffer<char> memory(infer::make_plan(h, 1).bytes(), heap);
    infer::Workspace workspace{};
    if (infer::make_workspace(view, 1, memory.data(), memory.size(), workspace) != NIB_OK) return;
    Buffer<float> logits(std::size_t{h.tests} * h.vocabulary, heap);
    infer::logits(view, view.test_contexts, h.tests, logits.data(), workspace);
    std::memcpy(bytes.data() + infer::sections(h).test_logits, logits.data(), logits.size() * sizeof(float));
}

void seal(std::string& bytes)
{
    if (bytes.size() < sizeof(Header)) return;
    const std::uint32_t crc = nib_crc32c(bytes.data() + infer::checked_from, bytes.size() - infer::checked_from);
    std::memcpy(bytes.data() + offsetof(Header, crc), &crc, sizeof crc);
}

} // namespace

void edit_folded(Random& random, std::string& bytes)
{
    Header header{};
    if (bytes.size() < sizeof header || random.one_in(2)) return edit_number(random, bytes);
    std::memcpy(&header, bytes.data(), sizeof header);
    if (random.one_in(6)) {
        edit_certificate(random, header);
    } else {
        edit_field(random, header);
    }
    const bool small = header.inner_layers <= 64 && infer::sections(header).end <= largest_file;
    if (small && !random.one_in(3)) {
        bytes.resize(static_cast<std::size_t>(infer::sections(header).end));
        header.file_bytes = bytes.size();
    }
    std::memcpy(bytes.data(), &header, std::min(sizeof header, bytes.size()));
}

void mend_folded(std::string& bytes, bool vector)
{
    seal(bytes);
    if (!vector) return;
    mend_vector(bytes);
    seal(bytes);
}

} // namespace nib::fuzz
