#include "fuzz/files/folded_edit.hpp"

#include "fuzz/fuzz.hpp"
#include "fuzz/mend_places.hpp"
#include "infer/engine.hpp"
#include "infer/format.hpp"
#include "nib/nib.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory_resource>
#include <string>
#include <type_traits>
#include <vector>

namespace nib::fuzz {

namespace {

using infer::Header;
using infer::Operation;

constexpr std::size_t largest_file = 200000;

void edit_field(Random& random, Header& h)
{
    std::uint32_t* const fields[] = {&h.version,
                                     &h.inputs,
                                     &h.outputs,
                                     &h.encoding,
                                     reinterpret_cast<std::uint32_t*>(&h.answers),
                                     &h.tests,
                                     &h.operations,
                                     &h.text_bytes,
                                     &h.weight_bits,
                                     &h.name_bytes,
                                     &h.schema_bytes,
                                     &h.shape.channels,
                                     &h.shape.height,
                                     &h.shape.width};
    std::uint32_t& field = *random.any(fields);
    field =
        random.of<std::uint32_t>({0,   1,   2,    3,    4,     8,     16,        32,        64,         65,
                                  256, 257, 4096, 4097, 65536, 65537, field + 1, field - 1, 0x7fffffff, 0xffffffff});
}

// Changes operations and their sections, and the places that depend on the operations, correctly or not.
void edit_operations(Random& random, std::string& bytes)
{
    Header h{};
    std::memcpy(&h, bytes.data(), sizeof h);
    const std::size_t count = std::min<std::size_t>(h.operations, (bytes.size() - sizeof h) / sizeof(Operation));
    if (count == 0 || count > infer::max_operations) return;
    std::vector<Operation> operations(count);
    std::memcpy(operations.data(), bytes.data() + sizeof h, count * sizeof(Operation));
    Operation& o = operations[random.below(count)];
    const Operation& other = operations[random.below(count)];
    std::uint32_t* const fields[] = {reinterpret_cast<std::uint32_t*>(&o.kind),
                                     &o.inputs,
                                     &o.outputs,
                                     &o.bits,
                                     &o.activation,
                                     &o.centred,
                                     &o.groups,
                                     &o.in.channels,
                                     &o.in.height,
                                     &o.in.width,
                                     &o.out.channels,
                                     &o.out.height,
                                     &o.out.width,
                                     &o.y.kernel,
                                     &o.y.stride,
                                     &o.y.padding,
                                     &o.y.dilation,
                                     &o.x.kernel,
                                     &o.x.stride,
                                     &o.x.padding,
                                     &o.x.dilation};
    const std::size_t choice = random.below(8);
    if (choice == 0) {
        o = other;
    } else if (choice == 1) {
        o.to = random.of<std::int8_t>({0, 1, 18, 19, 127, -1, -128});
    } else if (choice == 2) {
        o.section = random.of<std::uint64_t>({0, 64, bytes.size(), UINT64_MAX, o.section + 64});
    } else if (choice == 3) {
        o.eps = random.of({0.0f, -0.0f, -1.0f, 1e30f, std::numeric_limits<float>::quiet_NaN()});
    } else {
        std::uint32_t& field = *random.any(fields);
        field = random.of<std::uint32_t>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 32, field + 1, field - 1, other.inputs,
                                          other.outputs, 65537, 0xffffffff});
    }
    if (choice != 1 && choice != 2) mend_places(h, operations.data(), count);
    std::memcpy(bytes.data() + sizeof h, operations.data(), count * sizeof(Operation));
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

// Replaces the test vector's outputs by the network's own.
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
    const std::size_t n = infer::test_outputs(h);
    Buffer<float> outputs(n * h.tests, heap);
    for (std::uint32_t test = 0; test < h.tests; ++test) {
        infer::test_outputs_of(view, infer::outputs_of_test(view, test, workspace), outputs.data() + test * n);
    }
    std::memcpy(bytes.data() + infer::parts_of(h).test_outputs, outputs.data(), outputs.size() * sizeof(float));
}

// Resizes the file to what header and operations need, if these are there and the size is small.
void resize(std::string& bytes)
{
    std::pmr::memory_resource* heap = std::pmr::new_delete_resource();
    Buffer<char> file = copy_of(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), heap);
    auto& h = *reinterpret_cast<Header*>(file.data());
    h.file_bytes = file.size();
    if (infer::check_header(file.data(), file.size()) != NIB_OK) return;
    if (infer::first_bad_operation(h, infer::operations_of(h)) != h.operations) return;
    if (infer::end_of(h) > largest_file) return;
    bytes.resize(static_cast<std::size_t>(infer::end_of(h)));
    const std::uint64_t size = bytes.size();
    std::memcpy(bytes.data() + offsetof(Header, file_bytes), &size, sizeof size);
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
    if (random.one_in(2)) return edit_operations(random, bytes);
    if (random.one_in(6)) {
        edit_certificate(random, header);
    } else {
        edit_field(random, header);
    }
    std::memcpy(bytes.data(), &header, sizeof header);
    if (!random.one_in(3)) resize(bytes);
}

void mend_folded(std::string& bytes, bool vector)
{
    seal(bytes);
    if (!vector) return;
    mend_vector(bytes);
    seal(bytes);
}

} // namespace nib::fuzz
