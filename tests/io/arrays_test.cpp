// Tables in .npy, .npz and IDX.
#include "catch.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "io/idx.hpp"
#include "io/inflate.hpp"
#include "io/npy.hpp"
#include "io/table_file.hpp"
#include "io/zip_file.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

Memory* const heap = std::pmr::new_delete_resource();

RawTable npy(const std::string& bytes) { return parse_npy(source_of(bytes), "a.npy", heap); }
RawTable npz(const std::string& bytes) { return parse_npz(bytes, "a.npz", heap); }

std::string refused_npy(const std::string& bytes, nib_status status = NIB_ERR_DATA)
{
    return error_of(status, [&] { npy(bytes); });
}
std::string refused_npz(const std::string& bytes, nib_status status = NIB_ERR_DATA)
{
    return error_of(status, [&] { npz(bytes); });
}

std::vector<float> row(const RawTable& table, std::ptrdiff_t r)
{
    std::vector<float> numbers;
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(table.columns.size()); ++i)
        numbers.push_back(table.numbers(i)[r]);
    return numbers;
}

using Row = std::vector<float>;

void write(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

template <class Number>
void check_type(const std::string& type, const std::vector<Number>& numbers)
{
    INFO(type);
    for (const bool is_big_endian : {false, true}) {
        const std::string order = sizeof(Number) == 1 ? "|" : is_big_endian ? ">" : "<";
        for (const int version : {1, 2, 3}) {
            const RawTable table = npy(npy_of(order + type, "(2, 2)", bytes_of(numbers, is_big_endian), version));
            REQUIRE(table.rows == 2);
            REQUIRE(table.block_columns == 2);
            for (std::size_t i = 0; i < 4; ++i) CHECK(table.block[i] == static_cast<float>(numbers[i]));
        }
    }
}

// A source that does not state its size.
ByteSource unsized(const std::string& bytes)
{
    ByteSource source = source_of(bytes);
    source.size.reset();
    return source;
}

class Counting final : public Memory {
public:
    std::size_t largest = 0;

private:
    void* do_allocate(std::size_t size, std::size_t alignment) override
    {
        largest = std::max(largest, size);
        return heap->allocate(size, alignment);
    }
    void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override
    {
        heap->deallocate(memory, size, alignment);
    }
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
};

} // namespace

TEST_CASE("every type of .npy in either byte order")
{
    check_type<std::int8_t>("i1", {-128, 0, 1, 127});
    check_type<std::int16_t>("i2", {-32768, 0, 258, 32767});
    check_type<std::int32_t>("i4", {-2147483647, 0, 66051, 16777217});
    check_type<std::int64_t>("i8", {-9007199254740993, 0, 1, std::numeric_limits<std::int64_t>::max()});
    check_type<std::uint8_t>("u1", {0, 1, 128, 255});
    check_type<std::uint16_t>("u2", {0, 1, 258, 65535});
    check_type<std::uint32_t>("u4", {0, 1, 66051, 4294967295u});
    check_type<std::uint64_t>("u8", {0, 1, 2, std::numeric_limits<std::uint64_t>::max()});
    check_type<float>("f4", {-0.0f, 0.1f, 1e-45f, 3.40282347e38f});
    check_type<double>("f8", {-0.5, 0.1, 1e-50, 3.4028234663852886e38});
    const std::vector<std::uint16_t> halves = {0x3c00, 0xbc00, 0x3c01, 0x7bff};
    CHECK(row(npy(npy_of("<f2", "(4,)", bytes_of(halves))), 2) == Row{1.0009765625f});
    CHECK(row(npy(npy_of(">f2", "(1, 4)", bytes_of(halves, true))), 0) == Row{1, -1, 1.0009765625f, 65504});
    CHECK(row(npy(npy_of("|b1", "(1, 3)", std::string("\0\1\2", 3))), 0) == Row{0, 1, 1});
    CHECK(std::isnan(npy(npy_of("<f8", "(1,)", bytes_of(std::nan("")))).block[0]));
}

TEST_CASE("the first dimension of .npy is the rows, the others together are the columns")
{
    std::vector<float> numbers(24);
    for (std::size_t i = 0; i < 24; ++i) numbers[i] = static_cast<float>(i);
    const RawTable table = npy(npy_of("<f4", "(2, 3, 4)", bytes_of(numbers)));
    CHECK(table.rows == 2);
    CHECK(table.columns.size() == 12);
    CHECK(table.row_shape == std::vector<std::uint64_t>{3, 4});
    CHECK(row(table, 1)[5] == 17);
    CHECK(table.cell(1, 5) == "a.npy[1, 1, 1]");
    CHECK(npy(npy_of("<f4", "(24L, )", bytes_of(numbers))).rows == 24);
    CHECK(npy(npy_of("<f4", "(2,12)", bytes_of(numbers))).cell(1, 5) == "a.npy[1, 5]");

    const RawTable fortran = npy(npy_of("<f4", "(4, 6)", bytes_of(numbers), 1, "True"));
    CHECK(fortran.rows == 4);
    CHECK(row(fortran, 1) == Row{1, 5, 9, 13, 17, 21});
    CHECK(fortran.cell(1, 5) == "a.npy[1, 5]");
    CHECK(npy(npy_of("<f4", "(24,)", bytes_of(numbers), 1, "True")).block[5] == 5);
}

TEST_CASE("a large .npy is read in pieces, whether its size is known or not")
{
    std::vector<double> numbers(3 * 70001);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i) + 0.25;
    const std::string bytes = npy_of("<f8", "(70001, 3)", bytes_of(numbers));
    const RawTable known = npy(bytes), unknown = parse_npy(unsized(bytes), "a.npy", heap);
    int wrong = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i)
        wrong += known.block[i] != static_cast<float>(numbers[i]) || unknown.block[i] != known.block[i];
    CHECK(wrong == 0);
    CHECK(unknown.block.size() == numbers.size());
}

TEST_CASE("a malformed .npy is refused")
{
    const std::string four = bytes_of(std::vector<float>{1, 2, 3, 4}), good = npy_of("<f4", "(4,)", four);
    CHECK(refused_npy("\x93NUMPX" + good.substr(6)) == "a.npy: no array of NumPy, which begins with \\x93NUMPY");
    CHECK(refused_npy(npy_of("<f4", "(4,)", four, 4)) == "a.npy: version 4.0 of .npy, expected 1.0 to 3.0");
    CHECK(refused_npy(good.substr(0, 40)) == "a.npy: ends within the header of a .npy");
    CHECK(refused_npy(good + "x") == "a.npy: 17 bytes of numbers, expected 16, as the shape (4) says");
    CHECK(refused_npy(good.substr(0, good.size() - 1)) ==
          "a.npy: 15 bytes of numbers, expected 16, as the shape (4) says");
    CHECK(error_of(NIB_ERR_DATA, [&] { parse_npy(unsized(good + "x"), "a.npy", heap); }) ==
          "a.npy: more bytes than the shape (4) asks for");
    CHECK(error_of(NIB_ERR_DATA, [&] { parse_npy(unsized(good.substr(0, good.size() - 1)), "a.npy", heap); }) ==
          "a.npy: ends before the number a.npy[0], expected the shape (4)");
    CHECK(refused_npy(npy_of("<c8", "(4,)", four)) ==
          "a.npy: elements of type '<c8', expected float of 16 to 64 bits, whole numbers or bool");
    CHECK(refused_npy(npy_of("|O", "(4,)", four)) ==
          "a.npy: elements of type '|O', expected float of 16 to 64 bits, whole numbers or bool");
    CHECK(refused_npy(npy_of("<f4", "()", four)) == "a.npy: an array of shape (): expected rows");
    CHECK(refused_npy(npy_of("<f4", "(0, 3)", "")) == "a.npy: an array of shape (0, 3): expected one number at least");
    CHECK(refused_npy(npy_of("<f4", "(1, 524289)", four)) ==
          "a.npy: an array of shape (1, 524289): expected at most 524,288 numbers a row");
    CHECK(refused_npy(npy_of("<f4", "(1, 4294967296, 4294967296)", four)) ==
          "a.npy: an array of shape (1, 4294967296, 4294967296): expected at most 524,288 numbers a row");
    CHECK(refused_npy(npy_of("<f4", "(4294967295,)", four)) ==
          "a.npy: an array of shape (4294967295): expected at most 4,294,967,294 rows");
    CHECK(refused_npy(npy_of("<f4", "(99999999999999999999,)", four)).ends_with("expected a shape of whole numbers"));
    CHECK(refused_npy(npy_of("<f4", "(4,)", four, 1, "Maybe")) ==
          "a.npy: byte 35 of the header's dictionary: expected True or False");
    CHECK(refused_npy(npy_of("<f4", "(2, 2)", bytes_of(std::vector<float>{1, 2, INFINITY, 4}))) ==
          "a.npy[1, 0] is infinite: expected a number of at most 3.40282347e+38");
    CHECK(refused_npy(npy_of("<f8", "(2, 1)", bytes_of(std::vector<double>{1, -1e39}))) ==
          "a.npy[1, 0] is infinite: expected a number of at most 3.40282347e+38");
    CHECK(refused_npy(npy_of("<f4", "(2, 2)", bytes_of(std::vector<float>{1, 2, INFINITY, 4}), 1, "True")) ==
          "a.npy[0, 1] is infinite: expected a number of at most 3.40282347e+38");
    const std::string structured = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,), }";
    CHECK(refused_npy(std::string("\x93NUMPY\1\0", 8) + bytes_of(static_cast<std::uint16_t>(structured.size())) +
                      structured) ==
          "a.npy: byte 11 of the header's dictionary: expected one type for all, not a structured one");
    CHECK(refused_npy(std::string("\x93NUMPY\2\0", 8) + bytes_of(std::uint32_t{1} << 31)) ==
          "a.npy: a header of 2147483648 bytes, expected at most 65535");
}

TEST_CASE("every truncation of a .npy and a .npz is refused")
{
    const std::string array = npy_of("<f4", "(2, 2)", bytes_of(std::vector<float>{1, 2, 3, 4}));
    for (std::size_t size = 0; size < array.size(); ++size) refused_npy(array.substr(0, size));
    const std::string archive = zip_of({{"x.npy", array}, {"y.npy", npy_of("<i4", "(2,)", std::string(8, '\0'))}});
    CHECK(npz(archive).rows == 2);
    for (std::size_t size = 0; size < archive.size(); ++size) refused_npz(archive.substr(0, size));
}

TEST_CASE("a .npz holds x, y and weights")
{
    const std::string x = npy_of("<f4", "(3, 2)", bytes_of(std::vector<float>{1, 2, 3, 4, 5, 6}));
    const std::string classes = npy_of("<i8", "(3,)", bytes_of(std::vector<std::int64_t>{7, 9007199254740991, -1}));
    const std::string weights = npy_of("<f8", "(3,)", bytes_of(std::vector<double>{0, 0.5, 2}));
    for (const bool is_deflated : {false, true}) {
        if (is_deflated && !has_zip_crc) continue; // without zlib
        const RawTable table = npz(zip_of({{"other.txt", "not an array"},
                                           {"weights.npy", weights, is_deflated},
                                           {"x.npy", x, is_deflated},
                                           {"y.npy", classes, is_deflated}},
                                          "a comment"));
        CHECK(table.rows == 3);
        CHECK(table.block_columns == 2);
        CHECK(row(table, 2) == Row{5, 6, -1});
        CHECK(table.targets == std::vector<std::ptrdiff_t>{2});
        CHECK(table.task == Task::classes);
        CHECK(table.numbers(2).exact(1) == 9007199254740991.0);
        CHECK(table.weights[1] == 0.5f);
        CHECK(table.cell(1, 1) == "a.npz, x[1, 1]");
        CHECK(table.cell(1, 2) == "a.npz, y[1]");
    }
    const std::string numbers = npy_of(">f8", "(3, 2)", bytes_of(std::vector<double>{1, 2, 3, 4, 5, 6}, true));
    const RawTable several = npz(zip_of({{"x.npy", x}, {"y.npy", numbers}}));
    CHECK(several.targets == std::vector<std::ptrdiff_t>{2, 3});
    CHECK(several.task == Task::numbers);
    CHECK(row(several, 1) == Row{3, 4, 3, 4});
    CHECK(several.cell(1, 3) == "a.npz, y[1, 1]");
    const std::string flags = npy_of("|b1", "(3, 1)", std::string("\0\1\1", 3));
    CHECK(npz(zip_of({{"x.npy", x}, {"y.npy", flags}})).task == Task::classes);
    const RawTable alone = npz(zip_of({{"x.npy", x}}));
    CHECK(alone.targets.empty());
    CHECK(!alone.task);
}

TEST_CASE("a malformed .npz is refused")
{
    const std::string x = npy_of("<f4", "(2,)", bytes_of(std::vector<float>{1, 2}));
    const std::string three = npy_of("<f4", "(3,)", bytes_of(std::vector<float>{1, 2, -3}));
    CHECK(refused_npz(zip_of({{"X.npy", x}, {"arr\x1b.npy", x}})) ==
          "a.npz: no array x, expected x, and y to learn; there are: X, arr\\x1b");
    CHECK(refused_npz(zip_of({})) == "a.npz: no array x, expected x, and y to learn; there are: none");
    CHECK(refused_npz("PK\3\4") == "a.npz: the directory at the end of a zip archive is not there");
    CHECK(refused_npz(zip_of({{"x.npy", x}, {"y.npy", three}})) == "a.npz, y: 3 rows, expected 2, as x has");
    CHECK(refused_npz(zip_of({{"x.npy", three}, {"weights.npy", three}})) ==
          "a.npz, weights[2] is -3: expected a number of 0 or more");
    CHECK(refused_npz(zip_of({{"x.npy", x, false, 1}})) ==
          "a.npz, x.npy: encrypted, expected a member that is stored or deflated");
    CHECK(refused_npz(zip_of({{"x.npy", x, false, 0, 14}})) ==
          "a.npz, x.npy: compressed by method 14, expected a member that is stored or deflated");
    CHECK(refused_npz(zip_of({{"x.npy", x, false, 0, 0, 1}})).starts_with("a.npz, x.npy: stored in "));
    const std::uint32_t to_zip64 = ~static_cast<std::uint32_t>(x.size());
    CHECK(refused_npz(zip_of({{"x.npy", x, false, 0, 0, to_zip64}})) ==
          "a.npz, x.npy: of the kind zip64, expected a member below 4 GiB");
    std::string archive = zip_of({{"x.npy", x}});
    archive.replace(archive.size() - 12, 2, "\xff\xff"); // the number of members
    CHECK(refused_npz(archive) == "a.npz: an archive of the kind zip64, expected one below 4 GiB");
    if (!has_zip_crc) {
        CHECK(refused_npz(zip_of({{"x.npy", x, true}}), NIB_ERR_UNSUPPORTED) ==
              "a.npz, x.npy: compressed, which this nib cannot read, as it was built without zlib: write it by "
              "numpy.savez, or build nib with zlib (Debian: zlib1g-dev)");
        return;
    }
    CHECK(refused_npz(zip_of({{"x.npy", x, false, 0, 0, 0, 1}})) == "a.npz, x.npy: damaged, as its checksum tells");
    CHECK(refused_npz(zip_of({{"x.npy", x, true, 0, 0, 0, 1}})) == "a.npz, x.npy: damaged, as its checksum tells");
    CHECK(refused_npz(zip_of({{"x.npy", x, true, 0, 0, 1}})) == "a.npz, x.npy: ends too early");
    CHECK(refused_npz(zip_of({{"x.npy", x, true, 0, 0, 0, 0, "\x07nothing"}})) ==
          "a.npz, x.npy: what is compressed in it is damaged: invalid block type");
    CHECK(refused_npz(zip_of({{"x.npy", x, true, 0, 0, 0, 0, deflated(x).substr(0, 40)}})) ==
          "a.npz, x.npy: ends within what is compressed in it");
}

TEST_CASE("a small file takes little memory, however large its header says it is")
{
    Counting memory;
    const std::string header = npy_of("<f8", "(4000000000, 100000)", "");
    CHECK_THROWS_AS(parse_npy(unsized(header + std::string(80, '\0')), "a.npy", &memory), Error);
    CHECK_THROWS_AS(parse_npy(source_of(header), "a.npy", &memory), Error);
    const std::string archive = zip_of({{"x.npy", header + std::string(100000, '\0'), true}});
    if (has_zip_crc) CHECK_THROWS_AS(parse_npz(archive, "a.npz", &memory), Error);
    CHECK_THROWS_AS(parse_idx(unsized(idx_of(8, {0xffffffff - 1, 1000}, "x")), "i", &memory), Error);
    CHECK(memory.largest <= 300000);
}

TEST_CASE("IDX of every type, with labels beside it")
{
    const RawTable images = parse_idx(source_of(idx_of(8, {2, 2, 2}, std::string("\0\1\2\3\xff\5\6\7", 8))), "i", heap);
    CHECK(images.rows == 2);
    CHECK(images.row_shape == std::vector<std::uint64_t>{2, 2});
    CHECK(row(images, 1) == Row{255, 5, 6, 7});
    const auto one = [](char type, const std::string& data) {
        return parse_idx(source_of(idx_of(type, {1, 2}, data)), "i", heap).block[1];
    };
    CHECK(one(9, "\1\xff") == -1);
    CHECK(one(11, bytes_of(std::vector<std::int16_t>{1, -2}, true)) == -2);
    CHECK(one(12, bytes_of(std::vector<std::int32_t>{1, -70000}, true)) == -70000);
    CHECK(one(13, bytes_of(std::vector<float>{1, 0.1f}, true)) == 0.1f);
    CHECK(one(14, bytes_of(std::vector<double>{1, 0.1}, true)) == 0.1f);

    CHECK(idx_labels("d/t10k-images-idx3-ubyte.gz") == "d/t10k-labels-idx1-ubyte.gz");
    CHECK(idx_labels("x-images/train-images.idx3-ubyte") == "x-images/train-labels.idx1-ubyte");
    CHECK(idx_labels("x-images/digits.idx") == "");
    const Folder folder;
    write(folder / "t-images-idx3-ubyte", idx_of(8, {3, 1, 2}, "abcdef"));
    CHECK(read_idx(folder / "t-images-idx3-ubyte", "", heap).targets.empty());
    write(folder / "t-labels-idx1-ubyte", idx_of(8, {3}, "\5\7\5"));
    const RawTable table = read_table(folder / "t-images-idx3-ubyte", {}, heap);
    CHECK(table.targets == std::vector<std::ptrdiff_t>{2});
    CHECK(table.task == Task::classes);
    CHECK(row(table, 1) == Row{'c', 'd', 7});
    CHECK(table.cell(1, 2) == folder / "t-labels-idx1-ubyte" + "[1]");
    write(folder / "two", idx_of(8, {2}, "\5\7"));
    CHECK(error_of(NIB_ERR_DATA, [&] { read_idx(folder / "t-images-idx3-ubyte", folder / "two", heap); }) ==
          folder / "two" + ": 2 labels of 1 numbers, expected 3 of 1, as " + folder / "t-images-idx3-ubyte" +
              " has rows");

    const std::string packed = gzip_of(idx_of(8, {3, 1, 2}, "abcdef"));
    write(folder / "z.gz", packed);
    if (!has_zip_crc) {
        CHECK(error_of(NIB_ERR_UNSUPPORTED, [&] { read_table(folder / "z.gz", {}, heap); }).find("gunzip it") > 0);
        return;
    }
    CHECK(row(read_table(folder / "z.gz", {}, heap), 2) == Row{'e', 'f'});
    write(folder / "z2.gz", gzip_of(idx_of(8, {3, 1, 2}, "abc")) + gzip_of("def"));
    CHECK(row(read_idx(folder / "z2.gz", "", heap), 2) == Row{'e', 'f'});
    for (std::size_t size = 2; size < packed.size(); ++size) {
        write(folder / "cut.gz", packed.substr(0, size));
        error_of(NIB_ERR_DATA, [&] { read_idx(folder / "cut.gz", "", heap); });
    }
    write(folder / "bad.gz", gzip_of("a,b\n1,2\n"));
    CHECK(error_of(NIB_ERR_DATA, [&] { read_table(folder / "bad.gz", {}, heap); }) ==
          folder / "bad.gz" + ": no IDX file, which begins with two bytes of 0");
}

TEST_CASE("a malformed IDX is refused")
{
    const auto refused = [](const std::string& bytes) {
        return error_of(NIB_ERR_DATA, [&] { parse_idx(source_of(bytes), "i", heap); });
    };
    CHECK(refused(idx_of(10, {1}, "a")) ==
          "i: numbers of the type 0x0A, expected one of IDX, 0x08, 0x09 or 0x0B to 0x0E");
    CHECK(refused(std::string("\0\0\10\0", 4)) == "i: 0 dimensions, expected 1 to 8");
    CHECK(refused(std::string("\0\0\10", 3)) == "i: ends within the header of an IDX file");
    CHECK(refused(idx_of(8, {2, 2}, "abc")) == "i: 3 bytes of numbers, expected 4, as the shape (2, 2) says");
    CHECK(refused(idx_of(8, {2, 2}, "abcde")) == "i: 5 bytes of numbers, expected 4, as the shape (2, 2) says");
    CHECK(refused(idx_of(8, {0}, "")) == "i: an array of shape (0): expected one number at least");
}

TEST_CASE("files tell their format by their first bytes")
{
    const Folder folder;
    const std::string array = npy_of("<f4", "(2,)", bytes_of(std::vector<float>{1, 2}));
    write(folder / "a", array);
    write(folder / "b", zip_of({{"x.npy", array}}));
    write(folder / "c", "a,b\n1,2\n");
    write(folder / "names.txt", "emma\nolivia\n");
    CHECK(table_format(folder / "a") == TableFormat::npy);
    CHECK(table_format(folder / "b") == TableFormat::npz);
    CHECK(table_format(folder / "c") == TableFormat::csv);
    CHECK(read_table(folder / "a", {}, heap).block[1] == 2);
    CHECK(read_table(folder / "b", {}, heap).block[1] == 2);
    CHECK(read_table(folder / "c", {}, heap).columns[1].name == "b");
    CHECK(looks_like_table(folder / "a"));
    CHECK(looks_like_table(folder / "c"));
    CHECK_FALSE(looks_like_table(folder / "names.txt"));
    CHECK_FALSE(looks_like_table(folder / "not there"));
    CHECK_FALSE(looks_like_table("/dev/null"));
    CHECK(looks_like_table(std::string(NIB_SOURCE_DIR) + "/data/penguins.csv"));
    CHECK(looks_like_table(std::string(NIB_SOURCE_DIR) + "/data/sunspots.csv"));
    CHECK_FALSE(looks_like_table(std::string(NIB_SOURCE_DIR) + "/data/places.txt"));
    CHECK(error_of(NIB_ERR_INVALID_ARGUMENT, [&] {
              read_table(folder / "c", {{}, "labels"}, heap);
          }) == folder / "c" + ": a file of labels (labels) goes with IDX alone");
}
