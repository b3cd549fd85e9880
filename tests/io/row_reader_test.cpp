#include "io/row_reader.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "io/infer_schema.hpp"

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace nib;
using nib::test::error_of;

namespace {

Memory* const heap = std::pmr::new_delete_resource();

using Numbers = std::vector<float>;

Schema schema_of(const std::string& text, const std::string& target)
{
    SchemaOptions options;
    options.targets = {target};
    const RawTable table = parse_csv(text, "t.csv", {}, heap);
    Schema schema = infer_schema(table, options).schema;
    return schema;
}

const std::string animals = "kind,size,colour\ncat,4,black\ndog,20,brown\n";

// Returns a text in given pieces, and counts them.
struct Pieces {
    std::vector<std::string> left;
    std::size_t given = 0;

    ReadSome reader()
    {
        return [this](std::span<char> bytes) {
            if (given == left.size()) return std::size_t{0};
            const std::string& piece = left[given++];
            REQUIRE(piece.size() <= bytes.size());
            piece.copy(bytes.data(), piece.size());
            return piece.size();
        };
    }
};

Numbers next(RowReader& reader, std::size_t features)
{
    Numbers row(features, -1.0f);
    CHECK(reader.next(row));
    return row;
}

} // namespace

TEST_CASE("a row is there as soon as its line has ended")
{
    const Schema schema = schema_of(animals, "kind");
    Pieces pieces{{"colour,", "size,id\n", "brown,5,", "x\nblack,6,\"a\nb\"", "\r", "\n", "\n\n", "brown,7,y"}};
    RowReader reader(schema, pieces.reader(), "rows", {}, heap);
    CHECK(next(reader, 3) == Numbers{5, 0, 1});
    CHECK(pieces.given == 4);
    CHECK(reader.line() == 2);
    CHECK(next(reader, 3) == Numbers{6, 1, 0});
    CHECK(pieces.given == 6);
    CHECK(reader.line() == 3);
    CHECK(next(reader, 3) == Numbers{7, 0, 1});
    CHECK(reader.line() == 7);
    Numbers row(3);
    CHECK_FALSE(reader.next(row));
    CHECK_FALSE(reader.next(row));
}

TEST_CASE("a row that does not fit is refused, and the next one is read")
{
    Schema schema = schema_of(animals, "kind");
    Pieces pieces{{"size,colour,kind\n1,blue,cat\n,black,cat\n2,brown\nx,black,cat\n1e99,black,\n3,black,\n"}};
    RowReader reader(schema, pieces.reader(), "rows", {}, heap);
    Numbers row(3);
    const auto refused = [&](nib_status status) { return error_of(status, [&] { reader.next(row); }); };
    CHECK(refused(NIB_ERR_MISMATCH) == "rows, line 2, column 'colour': 'blue': expected black or brown");
    CHECK(refused(NIB_ERR_DATA) == "rows, line 3, column 'size': missing: expected a number");
    CHECK(refused(NIB_ERR_DATA) == "rows, line 4: 2 cells, expected 3, as the first row has");
    CHECK(refused(NIB_ERR_MISMATCH) == "rows, line 5, column 'size': 'x': expected a number");
    CHECK(refused(NIB_ERR_DATA) == "rows, line 6, column 'size': '1e99': expected a finite number");
    CHECK(next(reader, 3) == Numbers{3, 1, 0});
    CHECK_FALSE(reader.next(row));
}

TEST_CASE("behind what is no CSV there are no more rows")
{
    const Schema schema = schema_of(animals, "kind");
    Pieces pieces{{"1,black\n\"2\"x,black\n3,black\n"}};
    RowReader reader(schema, pieces.reader(), "rows", {}, heap);
    CHECK(next(reader, 3) == Numbers{1, 1, 0});
    Numbers row(3);
    CHECK(error_of(NIB_ERR_DATA, [&] { reader.next(row); }) ==
          "rows, line 2: text behind a closing quote, expected a separator or the line's end");
    CHECK_FALSE(reader.next(row));
}

TEST_CASE("rows without names are matched by their number, those with the wrong ones are refused")
{
    Schema schema = schema_of(animals, "kind");
    for (Column& column : schema.columns) column.may_miss = true;
    schema.columns[0].fill = 2.5f;
    schema.columns[1].is_flagged = true;
    Pieces whole{{"cat,4,black\n,NA,\n"}};
    RowReader reader(schema, whole.reader(), "rows", {}, heap);
    CHECK(next(reader, 4) == Numbers{4, 1, 0, 0});
    CHECK(next(reader, 4) == Numbers{2.5f, 0, 0, 1});
    Pieces wrong{{"weight,colour\n1,black\n"}};
    RowReader other(schema, wrong.reader(), "rows", {}, heap);
    Numbers row(4);
    CHECK(error_of(NIB_ERR_MISMATCH, [&] { other.next(row); }) ==
          "rows: no column 'size', expected it among weight or colour");
    Pieces nothing{{""}};
    RowReader empty(schema, nothing.reader(), "rows", {}, heap);
    CHECK_FALSE(empty.next(row));
}

TEST_CASE("a pipe's rows are answered one by one")
{
    const Schema schema = schema_of(animals, "kind");
    const test::Folder folder;
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    const int answers[2] = {::open((folder / "pipe").c_str(), O_RDWR), 0};
    REQUIRE(answers[0] >= 0);
    RowReader reader(schema, folder / "pipe", {}, heap);
    for (const std::string line : {"size,colour\n1,black\n", "2,brown\n"}) {
        REQUIRE(::write(answers[0], line.data(), line.size()) == static_cast<ssize_t>(line.size()));
        CHECK(next(reader, 3)[0] == (line[0] == '2' ? 2.0f : 1.0f)); // no more can be read yet
    }
    ::close(answers[0]);
    Numbers row(3);
    CHECK_FALSE(reader.next(row));
    std::ofstream(folder / "file") << "size,colour\n1,black\n2,brown";
    RowReader file(schema, folder / "file", {}, heap);
    CHECK(next(file, 3) == Numbers{1, 1, 0});
    CHECK(next(file, 3) == Numbers{2, 0, 1});
    CHECK_FALSE(file.next(row));
}
