#include "io/safetensors.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "io/file.hpp"
#include "measured.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

using nib::Dtype;
using nib::Safetensors;
using nib::Shape;
using nib::test::error_of;

namespace {

nib::Memory* heap() { return std::pmr::new_delete_resource(); }

Safetensors parse(std::string_view bytes)
{
    nib::Buffer<char> copy(bytes.size(), heap());
    std::copy(bytes.begin(), bytes.end(), copy.begin());
    return Safetensors(std::move(copy), "m.safetensors");
}

// A file with this header and data, and the header's size in front.
std::string file_of(std::string_view header, std::string_view data = "")
{
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(header.size() >> (8 * i));
    bytes += header;
    bytes += data;
    return bytes;
}

std::string refused(std::string_view bytes)
{
    const std::string message = error_of(NIB_ERR_FORMAT, [&] { parse(bytes); });
    CHECK(message.starts_with("m.safetensors: "));
    return message.substr(std::string_view("m.safetensors: ").size());
}

// The refusal of a header whose only tensor, "w", has these fields, with 8 bytes of data.
std::string refused_fields(const std::string& fields)
{
    return refused(file_of(std::string("{\"w\":{") + fields + "}}", "01234567"));
}

const std::vector<float> weight = {1.5f, -2.0f, 3.0f, 0.25f, 5.0f, 6.0f};
const std::array<std::int64_t, 1> steps = {1001};
const std::array<std::uint8_t, 3> words = {7, 8, 9};
const std::array<double, 1> kept = {0.1};
const std::array<std::int32_t, 1> position = {624};

std::vector<nib::StoredTensor> sample()
{
    return {nib::stored<float>("b.weight", {2, 3}, weight),       nib::stored<std::int64_t>("a.steps", {}, steps),
            nib::stored<std::uint8_t>("words", {3}, words),       nib::stored<double>("kept", {1}, kept),
            nib::stored<std::int32_t>("position", {1}, position), nib::stored<float>("none", {0, 3}, {})};
}

// The file that safetensors 0.8.0 for Python writes for the sample: save(tensors, {"format": "pt"}).
const std::string official =
    std::string("\x88\1\0\0\0\0\0\0", 8) +
    R"({"__metadata__":{"format":"pt"},"a.steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
    R"("kept":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},)"
    R"("b.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[16,40]},)"
    R"("none":{"dtype":"F32","shape":[0,3],"data_offsets":[40,40]},)"
    R"("position":{"dtype":"I32","shape":[1],"data_offsets":[40,44]},)"
    R"("words":{"dtype":"U8","shape":[3],"data_offsets":[44,47]}} )" +
    std::string("\xe9\x03\0\0\0\0\0\0\x9a\x99\x99\x99\x99\x99\xb9\x3f", 16) +
    std::string("\0\0\xc0\x3f\0\0\0\xc0\0\0\x40\x40\0\0\x80\x3e\0\0\xa0\x40\0\0\xc0\x40\x70\2\0\0\7\x8\x9", 31);

std::string saved(std::vector<nib::StoredTensor> tensors, const nib::Metadata& metadata)
{
    const nib::test::Folder folder;
    nib::save_safetensors(folder / "file", std::move(tensors), metadata);
    const nib::Buffer<char> bytes = nib::read_file(folder / "file", SIZE_MAX, heap());
    return {bytes.data(), bytes.size()};
}

} // namespace

TEST_CASE("the bytes are those of the official writer") { CHECK(saved(sample(), {{"format", "pt"}}) == official); }

TEST_CASE("the official writer's file is read")
{
    const Safetensors file = parse(official);
    CHECK(file.name() == "m.safetensors");
    CHECK(file.metadata() == nib::Metadata{{"format", "pt"}});
    CHECK(file.tensors().size() == 6);
    CHECK(file.tensors()[2].name == "b.weight");
    CHECK(file.tensors()[2].dtype == Dtype::f32);
    CHECK(file.tensors()[2].shape == Shape{2, 3});
    CHECK(file.find("b") == nullptr);
    REQUIRE(file.find("none") != nullptr);
    CHECK(file.find("none")->bytes.empty());

    std::vector<float> floats(6);
    file.read<float>("b.weight", {2, 3}, floats);
    CHECK(floats == weight);
    std::array<std::int64_t, 1> longs;
    file.read<std::int64_t>("a.steps", {}, longs);
    CHECK(longs == steps);
    std::array<std::uint8_t, 3> bytes;
    file.read<std::uint8_t>("words", {3}, bytes);
    CHECK(bytes == words);
    std::array<double, 1> doubles;
    file.read<double>("kept", {1}, doubles);
    CHECK(doubles == kept);
    std::array<std::int32_t, 1> ints;
    file.read<std::int32_t>("position", {1}, ints);
    CHECK(ints == position);
    file.read<float>("none", {0, 3}, {});
}

TEST_CASE("a file goes on living where it is moved")
{
    Safetensors original = parse(official);
    const Safetensors moved = std::move(original);
    std::vector<float> floats(6);
    moved.read<float>("b.weight", {2, 3}, floats);
    CHECK(floats == weight);
}

TEST_CASE("any string may be metadata")
{
    const nib::Metadata metadata = {{"", "empty"}, {"a\"b\\", "\n\t\x01"}, {"\xC3\xA9", std::string("a\0b", 3)}};
    CHECK(parse(saved({}, metadata)).metadata() == metadata);
    CHECK(parse(saved({}, {{"k", "a\xFF"
                                 "b"}}))
              .metadata()
              .at("k") == "a\xEF\xBF\xBD"
                          "b");
    CHECK(parse(saved(sample(), {})).metadata().empty());
    CHECK(saved({}, {}) == file_of("{}      "));
}

TEST_CASE("arrays are aligned for their type")
{
    for (std::size_t extra = 0; extra < 9; ++extra) {
        const std::string bytes = saved(sample(), {{"k", std::string(extra, 'x')}});
        const Safetensors file = parse(bytes);
        for (const nib::StoredTensor& tensor : file.tensors()) {
            const std::size_t unit = tensor.dtype == Dtype::u8 ? 1 : tensor.dtype < Dtype::f64 ? 4 : 8;
            const auto address = reinterpret_cast<std::uintptr_t>(tensor.bytes.data());
            CHECK(address % unit == 0);
        }
    }
}

TEST_CASE("a tensor that is missing or another is refused by name")
{
    const Safetensors file = parse(official);
    std::array<float, 6> values;
    const auto message = [&](const char* name, const Shape& shape) {
        return error_of(NIB_ERR_FORMAT, [&] { file.read<float>(name, shape, values); });
    };
    CHECK(message("c", {6}) == "m.safetensors: tensor 'c': not there, expected F32 (6)");
    CHECK(message("b.weight", {3, 2}) == "m.safetensors: tensor 'b.weight': F32 (2, 3), expected F32 (3, 2)");
    CHECK(message("b.weight", {6}) == "m.safetensors: tensor 'b.weight': F32 (2, 3), expected F32 (6)");
    CHECK(message("position", {1}) == "m.safetensors: tensor 'position': I32 (1), expected F32 (1)");
    CHECK(message("a.steps", {}) == "m.safetensors: tensor 'a.steps': I64 (), expected F32 ()");
}

TEST_CASE("tensors that cannot be stored are a fault of nib's")
{
    const auto message = [](std::vector<nib::StoredTensor> tensors) {
        return error_of(NIB_ERR_INTERNAL, [&] { nib::save_safetensors("/no/such/file", tensors, {}); });
    };
    const auto named = [](const char* name) { return nib::stored<float>(name, {2, 3}, weight); };
    CHECK(message({named("w"), named("v"), named("w")}) == "tensor 'w' is stored twice");
    CHECK(message({named("__metadata__")}) == "tensor '__metadata__' is stored twice");
    CHECK(message({nib::stored<float>("w", {7}, weight)}) == "tensor 'w' is stored as F32 (7) of 24 bytes");
}

TEST_CASE("a size of the header that cannot be is refused before the header is read")
{
    CHECK(refused("") == "0 bytes, expected a safetensors file, which has 10 at least");
    CHECK(refused("1234567") == "7 bytes, expected a safetensors file, which has 10 at least");
    CHECK(refused(std::string("\3\0\0\0\0\0\0\0{}", 10)) == "the file ends at byte 10, within its header of 3 bytes");
    CHECK(refused(std::string("\0\xE1\xF5\5\0\0\0\0{}", 10)) ==
          "the file ends at byte 10, within its header of 100000000 bytes");
    CHECK(refused(std::string("\1\xE1\xF5\5\0\0\0\0{}", 10)) ==
          "a header of 100000001 bytes, expected at most 100000000: not a safetensors file?");
    CHECK(refused(std::string(8, '\xFF') + "{}") ==
          "a header of 18446744073709551615 bytes, expected at most 100000000: not a safetensors file?");
    CHECK(
        refused(std::string("\xFC\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}", 10)).starts_with("a header of 1844674407370955161"));
}

TEST_CASE("a header that is not the format's JSON is refused")
{
    CHECK(refused(file_of("")) == "the header does not begin with '{'");
    CHECK(refused(file_of(" {}")) == "the header does not begin with '{'");
    CHECK(refused(file_of("[]")) == "the header does not begin with '{'");
    CHECK(refused(file_of(std::string_view("{}\0", 3))) == "the header has a NUL in it");
    for (const char* const broken :
         {"{", "{}}", "{\"a\":}", "{\"a\":1e999}", "{} x", "{\"\xFF\":{}}", "{'a':1}", "{}//"}) {
        INFO(broken);
        CHECK(refused(file_of(broken)).starts_with("the header is not JSON: "));
    }
    CHECK(refused(file_of("{\"w\":{\"a\":{\"b\":[]}}}")) == "the header nests deeper than 3");
    CHECK(refused(file_of("{\"w\":" + std::string(1000000, '['))) == "the header nests deeper than 3");
}

TEST_CASE("a name that stands twice is refused")
{
    const std::string none = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    CHECK(refused(file_of("{\"w\":" + none + ",\"v\":" + none + ",\"w\":" + none + "}")) ==
          "'w' stands twice in the header");
    CHECK(refused(file_of(R"({"__metadata__":{},"__metadata__":{}})")) == "'__metadata__' stands twice in the header");
    CHECK(refused(file_of(R"({"__metadata__":{"k":"1","k":"2"}})")) == "'k' stands twice in the header");
    CHECK(refused(file_of(R"({"w":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}})")) ==
          "'dtype' stands twice in the header");
    CHECK(parse(file_of("{\"w\":" + none + ",\"v\":" + none + "}")).tensors().size() == 2);
}

TEST_CASE("a header of tens of megabytes is read, tensors and metadata")
{
    constexpr std::size_t tensors = 150000, long_value = std::size_t{20} << 20;
    std::string header = R"({"__metadata__":{"k":")" + std::string(long_value, 'x') + "\"}";
    for (std::size_t i = 0; i < tensors; ++i) {
        const std::string begin = std::to_string(i), end = std::to_string(i + 1);
        header += ",\"" + begin + R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" + begin + "," + end + "]}";
    }
    const Safetensors file = parse(file_of(header + "}", std::string(tensors, 'd')));
    CHECK(file.metadata().at("k").size() == long_value);
    REQUIRE(file.tensors().size() == tensors);
    CHECK(file.tensors().back().name == std::to_string(tensors - 1));
    // Two equal names are found even among this many.
    header += R"(,"77777":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})";
    CHECK(refused(file_of(header, std::string(tensors, 'd'))) == "'77777' stands twice in the header");
}

TEST_CASE("an array has up to 64 dimensions")
{
    const auto dimensions = [](std::size_t count) {
        std::string shape = "1";
        for (std::size_t i = 1; i < count; ++i) shape += ",1";
        return file_of(R"({"w":{"dtype":"F64","shape":[)" + shape + R"(],"data_offsets":[0,8]}})", "01234567");
    };
    CHECK(parse(dimensions(64)).tensors()[0].shape.size() == 64);
    CHECK(refused(dimensions(65)) == "tensor 'w': shape has more than 64 numbers");
}

TEST_CASE("metadata that is no map of strings is refused")
{
    CHECK(refused(file_of(R"({"__metadata__":[]})")) == "__metadata__ is not a map of strings");
    CHECK(refused(file_of(R"({"__metadata__":{"k":1}})")) == "__metadata__: 'k' is not a string");
    CHECK(refused(file_of(R"({"__metadata__":{"k":null}})")) == "__metadata__: 'k' is not a string");
}

TEST_CASE("a tensor without just dtype, shape and data_offsets is refused")
{
    const std::string message = "tensor 'w': expected dtype, shape and data_offsets, and nothing else";
    CHECK(refused(file_of(R"({"w":1})")) == message);
    CHECK(refused(file_of(R"({"w":[1,2,3]})")) == message);
    CHECK(refused_fields("") == message);
    CHECK(refused_fields(R"("dtype":"F32","shape":[2])") == message);
    CHECK(refused_fields(R"("dtype":"F32","data_offsets":[0,8])") == message);
    CHECK(refused_fields(R"("shape":[2],"data_offsets":[0,8])") == message);
    CHECK(refused_fields(R"("dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1)") == message);
    CHECK(refused_fields(R"("dtype":"F32","shape":[2],"offsets":[0,8])") == message);
}

TEST_CASE("a dtype that nib does not use is refused")
{
    const auto message = [](const char* dtype) {
        return refused_fields(std::string("\"dtype\":") + dtype + R"(,"shape":[2],"data_offsets":[0,8])");
    };
    const std::string expected = "', expected F64, F32, BF16, F16, I64, I32 or U8";
    CHECK(message("\"BOOL\"") == "tensor 'w': dtype 'BOOL" + expected);
    CHECK(message("\"f32\"") == "tensor 'w': dtype 'f32" + expected);
    CHECK(message("7") == "tensor 'w': dtype 'number" + expected);
    CHECK(message("[]") == "tensor 'w': dtype 'array" + expected);
}

TEST_CASE("a shape or offset that is no whole number from 0 to 2^64 - 1 is refused")
{
    const auto shape = [](const char* value) {
        return refused_fields(std::string(R"("dtype":"F32","data_offsets":[0,8],"shape":)") + value);
    };
    const auto offsets = [](const char* value) {
        return refused_fields(std::string(R"("dtype":"F32","shape":[2],"data_offsets":)") + value);
    };
    for (const char* const value :
         {"2", "\"2\"", "{}", "[-2]", "[2.0]", "[18446744073709551616]", "[\"2\"]", "[null]"}) {
        INFO(value);
        CHECK(shape(value) == "tensor 'w': shape is not a list of whole numbers from 0 to 2^64 - 1");
        CHECK(offsets(value) == "tensor 'w': data_offsets is not a list of whole numbers from 0 to 2^64 - 1");
    }
    CHECK(offsets("[[0],8]") == "the header nests deeper than 3");
    CHECK(offsets("[0]") == "tensor 'w': 1 data_offsets, expected begin and end");
    CHECK(offsets("[0,8,8]") == "tensor 'w': 3 data_offsets, expected begin and end");
}

TEST_CASE("offsets that do not fit the shape or the file are refused")
{
    const auto message = [](const std::string& shape, const std::string& offsets) {
        return refused_fields(R"("dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets);
    };
    CHECK(message("[2]", "[4,8]") == "tensor 'w': F32 (2) at bytes 4 to 8 of the data, expected it to begin at 0");
    CHECK(message("[1]", "[0,8]") == "tensor 'w': F32 (1) at bytes 0 to 8 of the data, expected a size in bytes of 4");
    CHECK(message("[3]", "[0,8]") == "tensor 'w': F32 (3) at bytes 0 to 8 of the data, expected a size in bytes of 12");
    CHECK(message("[3]", "[0,12]") ==
          "tensor 'w': F32 (3) at bytes 0 to 12 of the data, expected it to end within the file's 8");
    CHECK(message("[1]", "[0,4]") == "8 bytes of data, expected 4, as the tensors have");
    CHECK(refused(file_of("{}", "x")) == "1 bytes of data, expected 0, as the tensors have");
    // 2^62 + 2 floats are 2^64 + 8 bytes: 8, if the product is allowed to wrap around.
    for (const char* const shape : {"[4611686018427387906]", "[2,2305843009213693953]", "[4294967296,4294967296,0]"}) {
        INFO(shape);
        CHECK(message(shape, "[0,8]").ends_with("expected a size in bytes of 18446744073709551615"));
    }
}

TEST_CASE("gaps and overlaps are refused")
{
    const auto two = [](const std::string& v, const std::string& w) {
        return refused(file_of(R"({"w":{"dtype":"U8","shape":[4],"data_offsets":)" + w +
                                   R"(},"v":{"dtype":"U8","shape":[4],"data_offsets":)" + v + "}}",
                               "01234567"));
    };
    CHECK(two("[0,4]", "[0,4]") == "tensor 'w': U8 (4) at bytes 0 to 4 of the data, expected it to begin at 4");
    CHECK(two("[0,4]", "[3,7]") == "tensor 'w': U8 (4) at bytes 3 to 7 of the data, expected it to begin at 4");
    CHECK(two("[0,4]", "[5,9]") == "tensor 'w': U8 (4) at bytes 5 to 9 of the data, expected it to begin at 4");
    CHECK(two("[4,0]", "[0,4]") == "tensor 'v': U8 (4) at bytes 4 to 0 of the data, expected a size in bytes of 4");
}

TEST_CASE("every file cut short is refused")
{
    for (std::size_t size = 0; size < official.size(); ++size) {
        INFO(size << " bytes");
        refused(official.substr(0, size));
    }
    CHECK(refused(official + 'x') == "48 bytes of data, expected 47, as the tensors have");
}

TEST_CASE("a changed byte of the header is refused, or changes a name or a value and no more")
{
    const std::size_t data = official.size() - 47;
    std::size_t accepted = 0;
    for (std::size_t at = 0; at < data; ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string bytes = official;
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
            try {
                const Safetensors file = parse(bytes);
                ++accepted;
                CHECK(file.tensors().size() + (file.metadata().empty() ? 1 : 0) >= 6);
                std::size_t total = 0;
                for (const nib::StoredTensor& tensor : file.tensors()) total += tensor.bytes.size();
                CHECK(total == 47);
            } catch (const nib::Error& error) {
                CHECK(error.status() == NIB_ERR_FORMAT);
            }
        }
    }
    CHECK(accepted > 0);
    CHECK(accepted < data * 8 / 4);
}

namespace {

// Writes a file with this start and size; the rest takes no space.
void write_sparse(const std::string& path, std::string_view start, std::uintmax_t size)
{
    const std::span<const char> part(start.data(), start.size());
    nib::write_file(path, {&part, 1});
    std::filesystem::resize_file(path, size);
}

constexpr std::uintmax_t terabyte = std::uintmax_t{1} << 40;

// Four bytes of data; the header says 80 million.
std::string claim()
{
    const std::string json = R"({"a":{"dtype":"U8","shape":[80000000],"data_offsets":[0,80000000]}})";
    return std::string{static_cast<char>(json.size())} + std::string(7, '\0') + json + "data";
}

} // namespace

TEST_CASE("a file is judged by its start before memory is taken for the rest")
{
    const nib::test::Folder folder;
    const std::string path = folder / "large";
    const struct {
        std::string start, words;
    } files[] = {{"", "does not begin with '{'"},
                 {std::string("\0\0\0\0\1\0\0\0", 8), "a header of 4294967296 bytes"},
                 {official, ": 1099511627376 bytes of data, expected 47, as the tensors have"}};
    for (const auto& file : files) {
        write_sparse(path, file.start, terabyte);
        nib::test::Measured memory;
        const std::string message = error_of(NIB_ERR_FORMAT, [&] { Safetensors::load(path, &memory); });
        INFO(message);
        CHECK(message.find(file.words) != std::string::npos);
        CHECK(memory.largest <= official.size());
    }
}

TEST_CASE("what a header only claims takes no memory")
{
    const nib::test::Folder folder;
    const std::string bytes = claim();
    const std::span<const char> part(bytes.data(), bytes.size());
    nib::write_file(folder / "file", {&part, 1});
    nib::test::Measured memory;
    const std::string message = error_of(NIB_ERR_FORMAT, [&] { Safetensors::load(folder / "file", &memory); });
    CHECK(message.ends_with("expected it to end within the file's 4"));
    CHECK(memory.largest < 1000);
}

namespace {

// The result of reading a pipe with these bytes in it.
Safetensors from_pipe(const std::string& bytes, nib::Memory* memory = heap())
{
    const nib::test::Folder folder;
    const std::string path = folder / "pipe";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    struct Writer {
        std::thread thread;
        ~Writer() { thread.join(); }
    } writer{std::thread([&] {
        const std::span<const char> part(bytes.data(), bytes.size());
        try {
            nib::write_file(path, {&part, 1});
        } catch (const nib::Error&) { // the reader has gone
        }
    })};
    return Safetensors::load(path, memory);
}

std::string refused_from_pipe(const std::string& bytes, nib::Memory* memory = heap())
{
    return error_of(NIB_ERR_FORMAT, [&] { from_pipe(bytes, memory); });
}

} // namespace

TEST_CASE("a pipe is read as a file is, and no further than its tensors")
{
    CHECK(from_pipe(official).tensors().size() == 6);
    CHECK(refused_from_pipe(std::string(1000000, '\0')).ends_with("does not begin with '{'"));
    CHECK(refused_from_pipe(official + std::string(1000000, '\0'))
              .ends_with(": more than 47 bytes of data, which the tensors have"));
    CHECK(refused_from_pipe(official.substr(0, 100)).ends_with(", within its header"));
    nib::test::Measured memory;
    CHECK(
        refused_from_pipe(claim(), &memory).ends_with(": the file ends 79999996 bytes too early, within its tensors"));
    CHECK(memory.largest < 100000);
}
