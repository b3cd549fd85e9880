// Files that are not what they should be: refused with a status, and never read out of bounds (under AddressSanitizer).
#include "catch.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "infer/format.hpp"
#include "nib/infer.h"

#include <cstring>

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
    return fold(test::make_model(network, Vocabulary(NIB_ENCODING_UTF8, {'a', 'b', 0xe9})), heap, weights);
}

// Opens a copy that ends where the bytes do.
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

infer::Header& header_of(Buffer<char>& file) { return *reinterpret_cast<infer::Header*>(file.data()); }

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
    std::uint32_t infer::Header::*const fields[] = {&infer::Header::version,       &infer::Header::context_length,
                                                    &infer::Header::vocabulary,    &infer::Header::inner_width,
                                                    &infer::Header::inner_layers, &infer::Header::activation,
                                                    &infer::Header::weight_bits,   &infer::Header::encoding,
                                                    &infer::Header::first_layer,   &infer::Header::embedding_size};
    for (auto field : fields) {
        for (const std::uint32_t value : values) {
            header_of(file) = good;
            if (good.*field == value) continue;
            header_of(file).*field = value;
            const nib_status status = open_with_new_checksum(file);
            // An embedding size means nothing beside a table, and another encoding or activation is another model: they
            // are no less safe to read. So is one of fewer neurons where that leaves the sizes as they are, as with 8
            // bits, whose test vector is compared less strictly.
            const bool harmless = field == &infer::Header::embedding_size || field == &infer::Header::encoding ||
                                  field == &infer::Header::activation ||
                                  (good.weight_bits == 8 && field == &infer::Header::inner_width);
            if (!harmless) CHECK(status == NIB_ERR_FORMAT);
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

namespace {

// One hidden layer of so many neurons.
Buffer<char> file_of_width(std::int32_t hidden, nib_weights weights)
{
    test::MlpText network = test::small_network();
    network.hidden = hidden;
    network.layers = 1;
    return fold(test::make_model(network), heap, weights);
}

} // namespace

TEST_CASE("a number that is not finite is refused in any place, although no test vector may show it")
{
    const nib_weights weights = GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8);
    const std::int32_t hidden = GENERATE(5, 2500); // a table, an embedding
    Buffer<char> file = file_of_width(hidden, weights);
    const infer::Header& h = header_of(file);
    const infer::Sections at = infer::sections(h);
    REQUIRE((h.first_layer == infer::first_embedding) == (hidden == 2500));
    const auto refused = [&](std::uint64_t offset, auto bad) {
        REQUIRE(offset + sizeof bad <= file.size());
        auto before = bad;
        std::memcpy(&before, file.data() + offset, sizeof bad);
        std::memcpy(file.data() + offset, &bad, sizeof bad);
        INFO("byte " << offset);
        CHECK(open_with_new_checksum(file) == NIB_ERR_FORMAT);
        std::memcpy(file.data() + offset, &before, sizeof bad);
    };
    const std::uint64_t first_bytes = at.layers - at.first;
    for (const float bad : {__builtin_nanf(""), __builtin_inff(), -__builtin_inff()}) {
        for (const std::uint64_t offset : {std::uint64_t{0}, first_bytes / 8 * 4, first_bytes - 64})
            refused(at.first + offset, bad);
        std::uint64_t layer = at.layers;
        for (std::uint32_t i = h.first_layer == infer::first_table ? 1 : 0; i <= h.inner_layers; ++i) {
            const infer::LayerSize size = infer::layer_size(h, i);
            const std::uint64_t row = size.stride() * sizeof(float);
            refused(layer, bad);           // bias
            refused(layer + row - 4, bad); // its padding
            refused(layer + row, bad);     // scale or weight
            if (weights == NIB_WEIGHTS_INT8) {
                refused(layer + row, -1.0f);
                refused(layer + 2 * row + 4, std::int32_t{12345}); // an offset
            } else {
                refused(layer + size.bytes(h.weight_bits) - row, bad);
            }
            if (weights == NIB_WEIGHTS_BF16) {
                refused(layer + row + 4, std::uint16_t{0x7f80});
                refused(layer + row + 6, std::uint16_t{0xffc0});
            }
            layer += size.bytes(h.weight_bits);
        }
        REQUIRE(layer == file.size());
    }
    CHECK(open_with_new_checksum(file) == NIB_OK);
}

TEST_CASE("a file that does not compute its test vector is refused")
{
    Buffer<char> file = small_file();
    const infer::Sections at = infer::sections(header_of(file));
    auto* logit = reinterpret_cast<float*>(file.data() + at.test_logits);
    const float good = *logit;
    for (const float bad : {good + 0.01f, -good - 1, __builtin_nanf(""), __builtin_inff()}) {
        *logit = bad;
        CHECK(open_with_new_checksum(file) == NIB_ERR_FORMAT);
    }
    *logit = good;
    auto* id = reinterpret_cast<std::int32_t*>(file.data() + at.test_contexts);
    for (const std::int32_t bad : {-1, 4, INT32_MAX}) {
        *id = bad;
        CHECK(open_with_new_checksum(file) == NIB_ERR_FORMAT);
    }
}
