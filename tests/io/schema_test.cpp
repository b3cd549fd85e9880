// Infers schemas of tables, and encodes tables as numbers.
#include "catch.hpp"
#include "error_of.hpp"
#include "io/csv.hpp"
#include "io/encode_rows.hpp"
#include "io/infer_schema.hpp"
#include "io/npy.hpp"
#include "io/schema_match.hpp"
#include "io/schema_text.hpp"
#include "io/zip_file.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

Memory* const heap = std::pmr::new_delete_resource();

const std::string animals = "kind,size,colour,tail,legs\n"
                            "cat,4,black,0.30,4\n"
                            "dog,20,brown,0.40,4\n"
                            "cat,NA,white,0.25,4\n"
                            "hen,2,,NA,2\n"
                            "dog,30,black,0.5,4\n";

RawTable table_of(const std::string& text, const CsvOptions& options = {})
{
    return parse_csv(text, "t.csv", options, heap);
}

RawTable with_schema(const std::string& text, const Schema& schema, TargetUse targets = TargetUse::required)
{
    CsvOptions options;
    options.schema = &schema;
    options.targets = targets;
    return table_of(text, options);
}

std::string refused(nib_status status, const std::string& text, const SchemaOptions& options)
{
    return error_of(status, [&] { infer_schema(table_of(text), options); });
}

using Numbers = std::vector<float>;
using Words = std::vector<std::string>;

Numbers x_of(const TableRows& rows) { return {rows.x.begin(), rows.x.end()}; }
std::vector<std::int32_t> classes_of(const TableRows& rows) { return {rows.classes.begin(), rows.classes.end()}; }
Numbers targets_of(const TableRows& rows) { return {rows.targets.begin(), rows.targets.end()}; }

SchemaOptions learn(const Words& targets, Missing missing = Missing::fill)
{
    SchemaOptions options;
    options.targets = targets;
    options.missing = missing;
    return options;
}

// n numbers that take the given number of distinct values in turn.
std::string column(int n, int different, const std::string& behind = "")
{
    std::string text = "x,y\n";
    for (int i = 0; i < n; ++i)
        text += std::to_string(i).append(",").append(std::to_string(i % different)).append(behind).append("\n");
    return text;
}

} // namespace

TEST_CASE("a schema of classes, and its rows")
{
    const RawTable table = table_of(animals);
    InferredSchema inferred = infer_schema(table, learn({"kind"}));
    CHECK(inferred.note.empty());
    Schema& schema = inferred.schema;
    CHECK(schema.task == Task::classes);
    CHECK(schema.classes == Words{"cat", "dog", "hen"});
    CHECK(schema.targets == Words{"kind"});
    CHECK(schema.target_places == std::vector<std::ptrdiff_t>{0});
    CHECK(schema.table_columns == 5);
    REQUIRE(schema.columns.size() == 4);
    CHECK(schema.columns[1].name == "colour");
    CHECK(schema.columns[1].place == 2);
    CHECK(schema.columns[1].words == Words{"black", "brown", "white"});
    CHECK(schema.features() == 6);

    const std::vector<std::uint32_t> train = {4, 0, 1};
    set_fills(table, train, schema);
    CHECK(schema.columns[0].fill == 18.0f);
    CHECK(schema.columns[2].fill == 0.4f);
    const TableRows rows = encode_rows(table, schema, std::vector<std::uint32_t>{3, 2, 0}, TargetUse::required, heap);
    CHECK(rows.rows == 3);
    CHECK(rows.features == 6);
    CHECK(x_of(rows) == Numbers{2, 0, 0, 0, 0.4f, 2, 18, 0, 0, 1, 0.25f, 4, 4, 1, 0, 0, 0.3f, 4});
    CHECK(classes_of(rows) == std::vector<std::int32_t>{2, 0, 0});
    CHECK(rows.targets.size() == 0);
    CHECK(rows.weights.size() == 0);
    const Buffer<std::int32_t> classes = encode_classes(table, schema, heap);
    CHECK(std::vector<std::int32_t>(classes.begin(), classes.end()) == std::vector<std::int32_t>{0, 1, 0, 2, 1});
}

TEST_CASE("a missing cell may have a number that says so")
{
    const RawTable table = table_of(animals);
    Schema schema = infer_schema(table, learn({"1"}, Missing::fill_and_flag)).schema;
    CHECK(schema.features() == 9); // size, colour and tail have one, legs has none
    set_fills(table, std::vector<std::uint32_t>{0}, schema);
    const TableRows rows = encode_rows(table, schema, std::vector<std::uint32_t>{3, 0}, TargetUse::required, heap);
    CHECK(x_of(rows) == Numbers{2, 0, 0, 0, 0, 1, 0.3f, 1, 2, 4, 0, 1, 0, 0, 0, 0.3f, 0, 4});
}

TEST_CASE("numbers are learned from one column or several")
{
    const RawTable table = table_of(animals);
    SchemaOptions options = learn({"legs", "2"});
    options.drop = {"kind", "3"};
    CHECK(error_of(NIB_ERR_DATA, [&] { infer_schema(table, options); }) ==
          "t.csv, line 4, column 'size': missing: expected a number, as a column to learn is never filled");
    options.targets = {"5"};
    options.drop = {"kind", "3", "size"};
    const InferredSchema inferred = infer_schema(table, options);
    CHECK(inferred.schema.task == Task::numbers);
    CHECK(inferred.schema.columns.size() == 1);
    const TableRows rows = encode_rows(table, inferred.schema, TargetUse::required, heap);
    CHECK(targets_of(rows) == Numbers{4, 4, 4, 2, 4});
    options.targets = {"legs", "tail"};
    options.drop = {"kind", "3", "4"};
    CHECK(error_of(NIB_ERR_INVALID_ARGUMENT, [&] { infer_schema(table, options); }) ==
          "t.csv: column 'tail' is to be learned and to be left out");
    const RawTable two = table_of("a,b,c\n1,2,3\n4,5,6\n");
    const Schema schema = infer_schema(two, learn({"c", "a"})).schema;
    CHECK(targets_of(encode_rows(two, schema, TargetUse::required, heap)) == Numbers{3, 1, 6, 4});
}

TEST_CASE("few different whole numbers are taken for classes, with a note")
{
    const InferredSchema few = infer_schema(table_of(column(200, 20)), learn({"y"}));
    CHECK(few.schema.task == Task::classes);
    CHECK(few.note == "t.csv: column 'y' holds 20 different whole numbers: they are taken for classes (task=regress "
                      "takes them for numbers)");
    CHECK(few.schema.classes[10] == "10"); // in the order of numbers, not of bytes
    CHECK(infer_schema(table_of(column(199, 20)), learn({"y"})).schema.task == Task::numbers);
    CHECK(infer_schema(table_of(column(210, 21)), learn({"y"})).schema.task == Task::numbers);
    CHECK(infer_schema(table_of(column(200, 20, ".5")), learn({"y"})).schema.task == Task::numbers);
    SchemaOptions options = learn({"y"});
    options.task = Task::numbers;
    CHECK(infer_schema(table_of(column(200, 20)), options).schema.task == Task::numbers);
    options.task = Task::classes;
    const InferredSchema asked = infer_schema(table_of(column(30, 25)), options);
    CHECK(asked.schema.classes.size() == 25);
    CHECK(asked.note.empty());
}

TEST_CASE("classes that are numbers are the same however they are written")
{
    SchemaOptions options = learn({"y"});
    options.task = Task::classes;
    const RawTable table = table_of("x,y\n1,01\n1,1.0\n1,1\n1,-0\n1,0.1\n1,16777217\n1,16777216\n1,1e1\n");
    const Schema schema = infer_schema(table, options).schema;
    CHECK(schema.classes == Words{"0", "0.1", "1", "10", "16777216", "16777217"});
    CHECK(classes_of(encode_rows(table, schema, TargetUse::required, heap)) ==
          std::vector<std::int32_t>{2, 2, 2, 0, 1, 5, 4, 3});
    const RawTable further = with_schema("y,x\n1.000,5\n0.10,5\n", schema);
    CHECK(classes_of(encode_rows(further, schema, TargetUse::required, heap)) == std::vector<std::int32_t>{2, 1});
    CHECK(error_of(NIB_ERR_MISMATCH, [&] {
              encode_rows(with_schema("y,x\n1,1\n2,1\n", schema), schema, TargetUse::required, heap);
          }) == "t.csv, line 3, column 'y': '2': expected 0, 0.1, 1, 10, 16777216 or 16777217");
    CHECK(refused(NIB_ERR_DATA, "x,y\n1,9007199254740991\n1,9007199254740992\n", options) ==
          "t.csv: column 'y' has the class 9007199254740992, expected numbers of at most 9007199254740991");
}

TEST_CASE("options that do not fit the table are refused")
{
    CHECK(refused(NIB_ERR_INVALID_ARGUMENT, animals, learn({})) ==
          "t.csv: expected the name or the number of the column to learn (target)");
    CHECK(refused(NIB_ERR_INVALID_ARGUMENT, animals, learn({"knid"})) ==
          "t.csv: no column 'knid', expected kind, size, colour, tail or legs (kind?)");
    CHECK(refused(NIB_ERR_INVALID_ARGUMENT, animals, learn({"6"})) ==
          "t.csv: no column '6', expected kind, size, colour, tail or legs");
    CHECK(refused(NIB_ERR_INVALID_ARGUMENT, "1,2\n3,4\n", learn({"0"})) ==
          "t.csv: no column '0', expected a number from 1 to 2");
    CHECK(refused(NIB_ERR_INVALID_ARGUMENT, animals, learn({"kind", "1"})) == "t.csv: column 'kind' is named twice");
    SchemaOptions all = learn({"kind"});
    all.drop = {"size", "colour", "tail", "legs"};
    CHECK(refused(NIB_ERR_INVALID_ARGUMENT, animals, all) ==
          "t.csv: no column is left to learn from, expected one at least");
    SchemaOptions numbers = learn({"kind"});
    numbers.task = Task::numbers;
    CHECK(refused(NIB_ERR_DATA, animals, numbers) == "t.csv: column 'kind' holds words, expected numbers to learn");
    SchemaOptions classes = learn({"kind", "legs"});
    classes.task = Task::classes;
    CHECK(refused(NIB_ERR_INVALID_ARGUMENT, animals, classes) ==
          "t.csv: 2 columns to learn, expected one of classes, or task=regress");
}

TEST_CASE("tables that cannot be learned from are refused")
{
    CHECK(refused(NIB_ERR_DATA, animals, learn({"kind"}, Missing::refuse)) ==
          "t.csv, line 4, column 'size': missing: expected a number (missing=mean fills it)");
    CHECK(refused(NIB_ERR_DATA, "k,c\na,x\nb,\n", learn({"k"}, Missing::refuse)) ==
          "t.csv, line 3, column 'c': missing: expected a word (missing=mean fills it)");
    CHECK(refused(NIB_ERR_DATA, animals, learn({"colour"})) ==
          "t.csv, line 5, column 'colour': missing: expected a class, as a column to learn is never filled");
    CHECK(refused(NIB_ERR_DATA, "k,c\na,1\na,2\n", learn({"k"})) ==
          "t.csv: column 'k' has the class 'a' alone, expected two at least");
    std::string words = "x,note\n";
    for (int i = 0; i < 1001; ++i) words += std::to_string(i).append(",w").append(std::to_string(i)).append("\n");
    CHECK(refused(NIB_ERR_DATA, words, learn({"x"})) ==
          "t.csv: column 'note' has 1001 different words, expected at most 1000: leave it out (drop)");
    CHECK(infer_schema(table_of(words), learn({"note"})).schema.classes.size() == 1001);
    std::string wide;
    for (int i = 0; i < 262146; ++i) wide.append(i == 0 ? "" : ",").append(std::to_string(i));
    CHECK(refused(NIB_ERR_DATA, wide + "\n" + wide + "\n", learn({"1"})) ==
          "t.csv: 262145 numbers a row, a column of words being one for each word: expected at most 262144");
}

TEST_CASE("a further table is matched by names")
{
    const RawTable table = table_of(animals);
    Schema schema = infer_schema(table, learn({"kind"}, Missing::fill)).schema;
    set_fills(table, std::vector<std::uint32_t>{0, 1}, schema);
    const std::string further = "tail,more,legs,colour,size,kind\n0.5,inf,4,white,NA,hen\n";
    const RawTable read = with_schema(further, schema);
    CHECK(read.columns[1].kind == RawKind::ignored);
    const TableRows rows = encode_rows(read, schema, TargetUse::required, heap);
    CHECK(x_of(rows) == Numbers{12, 0, 0, 1, 0.5f, 4});
    CHECK(classes_of(rows) == std::vector<std::int32_t>{2});

    const std::string without = "tail,legs,colour,size\n0.5,4,white,1\n";
    CHECK(x_of(encode_rows(with_schema(without, schema, TargetUse::optional), schema, TargetUse::optional, heap)) ==
          Numbers{1, 0, 0, 1, 0.5f, 4});
    CHECK(error_of(NIB_ERR_MISMATCH, [&] { with_schema(without, schema); }) ==
          "t.csv: no column 'kind', expected it among tail, legs, colour or size");
    CHECK(error_of(NIB_ERR_MISMATCH, [&] {
              with_schema("tail,leg,colour,size\n1,2,3,4\n", schema, TargetUse::ignored);
          }) == "t.csv: no column 'legs', expected it among tail, leg, colour or size (leg?)");
    const TableRows ignored =
        encode_rows(with_schema(further, schema, TargetUse::ignored), schema, TargetUse::ignored, heap);
    CHECK(ignored.classes.size() == 0);

    const auto fails = [&](nib_status status, const std::string& text) {
        return error_of(status, [&] { encode_rows(with_schema(text, schema), schema, TargetUse::required, heap); });
    };
    CHECK(fails(NIB_ERR_MISMATCH, animals + "cat,1,balck,1,4\n") ==
          "t.csv, line 7, column 'colour': 'balck': expected black, brown or white (black?)");
    CHECK(fails(NIB_ERR_MISMATCH, animals + "cow,1,black,1,4\n") ==
          "t.csv, line 7, column 'kind': 'cow': expected cat, dog or hen (cat?)");
    CHECK(fails(NIB_ERR_MISMATCH, animals + "cat,small,black,1,4\n") ==
          "t.csv, line 7, column 'size': 'small': expected a number");
    CHECK(fails(NIB_ERR_DATA, animals + ",1,black,1,4\n") == "t.csv, line 7, column 'kind': missing: expected a class");
    Schema strict = schema;
    for (Column& each : strict.columns) each.may_miss = false;
    CHECK(error_of(NIB_ERR_DATA, [&] { encode_rows(table, strict, TargetUse::required, heap); }) ==
          "t.csv, line 4, column 'size': missing: expected a number");
}

TEST_CASE("words that happen to be numbers all in a further table are words there")
{
    const RawTable table = table_of("k,x\n01,1\n1.0,2\nb,3\n");
    SchemaOptions options = learn({"x"});
    const Schema schema = infer_schema(table, options).schema;
    CHECK(schema.columns[0].words == Words{"01", "1.0", "b"});
    const RawTable further = with_schema("k,x\n1.0,1\n01,2\n", schema);
    CHECK(x_of(encode_rows(further, schema, TargetUse::required, heap)) == Numbers{0, 1, 0, 1, 0, 0});
    const Schema kinds = infer_schema(table, learn({"k"})).schema;
    const RawTable classes = with_schema("k,x\n1.0,1\n01,2\n", kinds);
    CHECK(classes_of(encode_rows(classes, kinds, TargetUse::required, heap)) == std::vector<std::int32_t>{1, 0});
}

TEST_CASE("without names, a further table is matched by its number of columns")
{
    SchemaOptions options = learn({"2"});
    options.drop = {"4"};
    const RawTable table = table_of("1,5,3,9\n2,6,4,9\n");
    const Schema schema = infer_schema(table, options).schema;
    CHECK_FALSE(schema.has_names());
    CHECK(x_of(encode_rows(table, schema, TargetUse::required, heap)) == Numbers{1, 3, 2, 4});
    const RawTable whole = with_schema("7,5,8,0\n", schema), inputs = with_schema("7,8\n", schema, TargetUse::optional);
    CHECK(x_of(encode_rows(whole, schema, TargetUse::required, heap)) == Numbers{7, 8});
    CHECK(targets_of(encode_rows(whole, schema, TargetUse::required, heap)) == Numbers{5});
    CHECK(x_of(encode_rows(inputs, schema, TargetUse::optional, heap)) == Numbers{7, 8});
    CHECK(encode_rows(inputs, schema, TargetUse::optional, heap).targets.size() == 0);
    CHECK(error_of(NIB_ERR_MISMATCH, [&] { with_schema("7,8\n", schema); }) ==
          "t.csv: a table of 2 columns, expected 4");
    CHECK(error_of(NIB_ERR_MISMATCH, [&] { with_schema("7,8,9\n", schema, TargetUse::ignored); }) ==
          "t.csv: a table of 3 columns, expected 4, or 2 without what is learned");
    // Names that the schema does not have are still a header; a table without names fits a schema with names.
    CHECK(x_of(encode_rows(with_schema("a,b,c,d\n7,5,8,0\n", schema), schema, TargetUse::required, heap)) ==
          Numbers{7, 8});
    const Schema named = infer_schema(table_of("a,b\n1,x\n2,y\n"), learn({"b"})).schema;
    const RawTable bare = with_schema("5,y\n6,x\n", named);
    CHECK(bare.rows == 2);
    CHECK(classes_of(encode_rows(bare, named, TargetUse::required, heap)) == std::vector<std::int32_t>{1, 0});
}

TEST_CASE("arrays bring targets and weights of their own")
{
    const std::string archive =
        zip_of({{"x.npy", npy_of("<f4", "(3, 2, 1)", bytes_of(std::vector<float>{1, 2, NAN, 4, 5, 6}))},
                {"y.npy", npy_of("<i4", "(3,)", bytes_of(std::vector<std::int32_t>{30, -2, 30}))},
                {"weights.npy", npy_of("<f4", "(3,)", bytes_of(std::vector<float>{1, 0.5f, 3}))}});
    const RawTable table = parse_npz(archive, "a.npz", heap);
    CHECK(error_of(NIB_ERR_DATA, [&] { infer_schema(table, {}); }) ==
          "a.npz, x[1, 0, 0]: missing: expected a number (missing=mean fills it)");
    SchemaOptions options;
    options.missing = Missing::fill;
    InferredSchema inferred = infer_schema(table, options);
    CHECK(inferred.note.empty());
    CHECK(inferred.schema.classes == Words{"-2", "30"});
    set_fills(table, std::vector<std::uint32_t>{0, 2}, inferred.schema);
    const TableRows rows =
        encode_rows(table, inferred.schema, std::vector<std::uint32_t>{1, 2}, TargetUse::required, heap);
    CHECK(x_of(rows) == Numbers{3, 4, 5, 6});
    CHECK(classes_of(rows) == std::vector<std::int32_t>{0, 1});
    CHECK(Numbers(rows.weights.begin(), rows.weights.end()) == Numbers{0.5f, 3});
    const RawTable x =
        parse_npy(source_of(npy_of("<f8", "(1, 2)", bytes_of(std::vector<double>{8, 9}))), "x.npy", heap);
    CHECK(x_of(encode_rows(x, inferred.schema, TargetUse::optional, heap)) == Numbers{8, 9});
    options.drop = {"1"};
    const Schema one = infer_schema(table, options).schema;
    CHECK(x_of(encode_rows(table, one, TargetUse::required, heap)) == Numbers{2, 4, 6});
}

TEST_CASE("plain columns side by side are one line, and a few lines do not ask for memory")
{
    Schema schema;
    schema.columns.resize(784);
    for (std::size_t i = 0; i < 784; ++i) schema.columns[i].place = static_cast<std::ptrdiff_t>(i);
    schema.columns[3].name = "named";
    schema.targets = {""};
    schema.target_places = {784};
    schema.table_columns = 785;
    schema.classes = {"0", "1"};
    const std::string text = text_of(schema);
    CHECK(text.size() < 150);
    CHECK(read_schema(text) == schema);
    std::string many = "classes\t3";
    for (int i = 0; i < 500; ++i) many += "\ncolumns\t0\t262144";
    const std::string refusal = test::error_of(NIB_ERR_FORMAT, [&] { read_schema(many); });
    CHECK(refusal.find("line 3") != refusal.npos);
}

TEST_CASE("penguins are encoded as they are")
{
    const RawTable table = read_csv(std::string(NIB_SOURCE_DIR) + "/data/penguins.csv", {}, heap);
    SchemaOptions options = learn({"species"}, Missing::refuse);
    CHECK(error_of(NIB_ERR_DATA, [&] { infer_schema(table, options); })
              .ends_with("data/penguins.csv, line 5, column 'bill_length_mm': missing: expected a number (missing=mean "
                         "fills it)"));
    options.missing = Missing::fill;
    options.drop = {"year"};
    Schema schema = infer_schema(table, options).schema;
    CHECK(schema.classes == Words{"Adelie", "Chinstrap", "Gentoo"});
    CHECK(schema.features() == 9);
    const TableRows rows = encode_rows(table, schema, std::vector<std::uint32_t>{0, 343}, TargetUse::required, heap);
    CHECK(x_of(rows) == Numbers{0, 0, 1, 39.1f, 18.7f, 181, 3750, 0, 1, 0, 1, 0, 50.2f, 18.7f, 198, 3775, 1, 0});
    CHECK(classes_of(rows) == std::vector<std::int32_t>{0, 1});
}
