// Damaged files are refused with a status, and never read out of bounds (under AddressSanitizer).
#include "catch.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "deploy/sections.hpp"
#include "nib/infer.h"

#include <cstring>
#include <utility>
#include <vector>

using namespace nib;

namespace {

Memory* const heap = std::pmr::get_default_resource();

Buffer<char> small_file(nib_weights weights = NIB_WEIGHTS_F32)
{
    test::MlpText network = test::small_network();
    network.context = 2;
    network.embedding = 2;
    network.hidden = 3;
    network.layers = 1;
    return fold(test::make_model(network, Vocabulary(NIB_ENCODING_UTF8, {'a', 'b', 0xe9})), heap, {weights});
}

// Opens a copy that ends exactly where the bytes do.
nib_status open(const char* bytes, std::size_t size)
{
    Buffer<char> file(size == 0 ? 1 : size, heap), workspace(std::size_t{1} << 16, heap);
    std::memcpy(file.data(), bytes, size);
    nib_infer_model model;
    return nib_infer_open(file.data(), size, workspace.data(), workspace.size(), &model);
}

nib_status open_with_new_checksum(Buffer<char>& file)
{
    seal(file);
    return open(file.data(), file.size());
}

using test::header_of;

} // namespace

TEST_CASE("every truncation is refused")
{
    const Buffer<char> file = small_file(GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8));
    REQUIRE(open(file.data(), file.size()) == NIB_OK);
    for (std::size_t size = 0; size < file.size(); ++size) {
        INFO("the first " << size << " of " << file.size() << " bytes");
        REQUIRE(open(file.data(), size) == NIB_ERR_FORMAT);
    }
}

TEST_CASE("every flipped bit is refused")
{
    Buffer<char> file = small_file(GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8));
    for (std::size_t byte = 0; byte < file.size(); ++byte) {
        for (int bit = 0; bit < 8; ++bit) {
            INFO("bit " << bit << " of byte " << byte);
            const char before = file.data()[byte];
            file.data()[byte] = static_cast<char>(before ^ (1 << bit));
            REQUIRE(open(file.data(), file.size()) == NIB_ERR_FORMAT);
            file.data()[byte] = before;
        }
    }
}

TEST_CASE("a header with a valid checksum and numbers out of range is refused")
{
    Buffer<char> file = small_file(GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8));
    const infer::Header good = header_of(file);
    const std::uint32_t values[] = {0, 1, 2, 3, 8, 9, 16, 32, 257, 4097, 65537, 0x7fffffff, 0x80000000, 0xffffffff};
    for (const infer::HeaderRange& each : infer::header_ranges) {
        for (const std::uint32_t value : values) {
            header_of(file) = good;
            if (good.*each.field == value) continue;
            header_of(file).*each.field = value;
            const nib_status status = open_with_new_checksum(file);
            // Another encoding makes another model, which is as safe to read; a text may end earlier if what follows
            // stays in place.
            const bool harmless = each.field == &infer::Header::encoding || each.field == &infer::Header::text_bytes;
            INFO(each.name << " " << value);
            if (!harmless || value > each.high) CHECK(status == NIB_ERR_FORMAT);
        }
    }
    header_of(file) = good;
    CHECK(open_with_new_checksum(file) == NIB_OK);
}

TEST_CASE("a header with a certificate that no fold writes is refused")
{
    Buffer<char> file = small_file();
    const infer::Header good = header_of(file);
    const auto refused = [&](auto field, auto value) {
        header_of(file) = good;
        header_of(file).*field = value;
        CHECK(open_with_new_checksum(file) == NIB_ERR_FORMAT);
    };
    refused(&infer::Header::certificate_examples, std::uint64_t{1} << 32);
    refused(&infer::Header::certificate_examples, UINT64_MAX);
    for (const double bad : {__builtin_nan(""), __builtin_inf(), -__builtin_inf()}) {
        for (auto field : {&infer::Header::loss_before, &infer::Header::loss_after,
                           &infer::Header::largest_logit_difference, &infer::Header::equal_argmax})
            refused(field, bad);
    }
    refused(&infer::Header::equal_argmax, -0.01);
    refused(&infer::Header::equal_argmax, 1.01);
    header_of(file) = good;
    header_of(file).certificate_examples = UINT32_MAX;
    CHECK(open_with_new_checksum(file) == NIB_OK);
}

TEST_CASE("an operation that does not go with the others is refused")
{
    const nib_weights weights = GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8);
    const Model model = test::make_model(test::spec_of(
        "embedding 3, flatten, linear 6, residual(layernorm, linear 6, gelu | linear 6), batchnorm, linear", 2));
    Buffer<char> file = fold(model, heap, {weights});
    REQUIRE(open_with_new_checksum(file) == NIB_OK);
    const std::uint32_t count = header_of(file).operations;
    REQUIRE(count == 11);
    const std::uint32_t values[] = {0, 1, 2, 3, 5, 6, 7, 8, 9, 12, 16, 32, 65537, 0x7fffffff, 0x80000000, 0xffffffff};
    for (std::uint32_t i = 0; i < count; ++i) {
        infer::Operation& o = test::operation_of(file, i);
        const infer::Operation good = o;
        for (std::size_t field = 0; field < sizeof o / 4; ++field) {
            for (const std::uint32_t value : values) {
                std::uint32_t before = 0;
                std::memcpy(&before, reinterpret_cast<const char*>(&good) + 4 * field, 4);
                const bool is_eps = field == 6 && good.kind == infer::OperationKind::normalise; // any number is valid
                if (value == before || (is_eps && value < 0x7f800000)) continue;
                std::memcpy(reinterpret_cast<char*>(&o) + 4 * field, &value, 4);
                INFO("operation " << i << ", word " << field << ": " << value);
                // The test vector distinguishes activations, and norms with different eps.
                CHECK(open_with_new_checksum(file) == NIB_ERR_FORMAT);
                o = good;
            }
        }
    }
    std::swap(test::operation_of(file, 2), test::operation_of(file, 7));
    CHECK(open_with_new_checksum(file) == NIB_ERR_FORMAT);
}

TEST_CASE("a number that is not finite is refused in any place, although no test vector may show it")
{
    const nib_weights weights = GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8);
    const nib_first_layer first = GENERATE(NIB_FIRST_LAYER_SMALLEST, NIB_FIRST_LAYER_TABLE);
    const Model model = test::make_model(
        test::spec_of("embedding 3, flatten, linear 20, tanh, batchnorm, layernorm, rmsnorm, linear", 2));
    Buffer<char> file = fold(model, heap, {weights, first});
    const auto refused = [&](std::uint64_t offset, auto bad) {
        REQUIRE(offset + sizeof bad <= file.size());
        auto before = bad;
        std::memcpy(&before, file.data() + offset, sizeof bad);
        std::memcpy(file.data() + offset, &bad, sizeof bad);
        INFO("byte " << offset);
        CHECK(open_with_new_checksum(file) == NIB_ERR_FORMAT);
        std::memcpy(file.data() + offset, &before, sizeof bad);
    };
    using infer::OperationKind;
    const std::vector<test::Section> sections = test::sections_of(file);
    CHECK(sections.front().operation.kind ==
          (first == NIB_FIRST_LAYER_TABLE ? OperationKind::table : OperationKind::lookup));
    for (const test::Section& each : sections) {
        if (each.bytes == 0) continue;
        const std::uint64_t row = 4 * infer::stride_of(each.operation), end = each.at + each.bytes;
        const bool weighted = each.operation.bits != 0, is_int8 = each.operation.bits == 8;
        for (const float bad : {__builtin_nanf(""), __builtin_inff(), -__builtin_inff()}) {
            refused(each.at, bad); // the first number, or scale
            if (each.operation.kind != OperationKind::lookup) refused(each.at + row - 4, bad); // padding
            if (!is_int8) refused(end - 64, bad); // behind each row, the last one is padded by less
        }
        if (is_int8 && each.operation.kind != OperationKind::lookup) refused(each.at + row, -1.0f); // a scale
        if (is_int8 && each.operation.kind == OperationKind::lookup) refused(each.at, -1.0f);
        if (is_int8 && each.operation.kind == OperationKind::dense)
            refused(each.at + 2 * row + 4, std::int32_t{12345}); // an offset
        if (weighted && each.operation.bits == 16) {
            refused(end - 64, std::uint16_t{0x7f80});
            refused(end - 62, std::uint16_t{0xffc0});
        }
    }
    CHECK(open_with_new_checksum(file) == NIB_OK);
}

TEST_CASE("a file that does not compute its test vector is refused")
{
    Buffer<char> file = small_file();
    const infer::FileParts at = infer::parts_of(header_of(file));
    auto* output = reinterpret_cast<float*>(file.data() + at.test_outputs);
    const float good = *output;
    for (const float bad : {good + 0.01f, -good - 1, __builtin_nanf(""), __builtin_inff()}) {
        *output = bad;
        CHECK(open_with_new_checksum(file) == NIB_ERR_FORMAT);
    }
    *output = good;
    auto* id = reinterpret_cast<std::int32_t*>(file.data() + at.test_contexts);
    for (const std::int32_t bad : {-1, 4, INT32_MAX}) {
        *id = bad;
        CHECK(open_with_new_checksum(file) == NIB_ERR_FORMAT);
    }
}
