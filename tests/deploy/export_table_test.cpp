// Models of tables as C, ONNX and PyTorch: the same predictions as the engine's, and the text of the files.
#include "catch.hpp"
#include "deploy/export_c.hpp"
#include "deploy/export_onnx.hpp"
#include "deploy/export_pytorch.hpp"
#include "deploy/exported_table.hpp"
#include "deploy/onnx_reader.hpp"
#include "deploy/table_models.hpp"
#include "folder.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>

using namespace nib;
using test::exported_rows;
using test::ExportedTable;
using test::hexadecimal;
using test::run_c;
using test::strict;
using test::TableModel;
using test::text_of_file;

namespace {

ExportedTable exported_table(const TableModel& of, nib_weights weights = NIB_WEIGHTS_F32)
{
    return {of.fold({.weights = weights}), of.rows(test::exported_rows)};
}

} // namespace

TEST_CASE("exported C predicts and classifies as the engine does, and compiles without a warning")
{
    const std::string name = GENERATE(from_range(test::table_model_names()));
    const TableModel of = test::table_model(name);
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}) {
        CAPTURE(name, weights);
        const ExportedTable exported = exported_table(of, weights);
        export_c(exported.folded, "small", exported.folder / "small.c", test::heap());
        const double difference = run_c(exported, test::same_bits_expected() ? test::with_fma : "");
        CHECK(difference <= (test::same_bits_expected() ? 0 : weights == NIB_WEIGHTS_INT8 ? test::another_step : 2e-5));
        // The sanitizers' flags change what -ffast-math makes of the file.
        if (std::string(NIB_C_FLAGS).find("-fsanitize") != std::string::npos) continue;
        CHECK(run_c(exported, "-Ofast -ffast-math ") < (weights == NIB_WEIGHTS_INT8 ? test::another_step : 1e-4));
    }
}

TEST_CASE("exported C of a row with NaN: NaN and class 0, whatever the flags")
{
    const ExportedTable exported = exported_table(test::table_model("classes"), NIB_WEIGHTS_INT8);
    export_c(exported.folded, "small", exported.folder / "small.c", test::heap());
    std::ofstream(exported.folder / "driver.c") << R"(#include "small.c"
#include <stdio.h>
#include <string.h>
int main(void)
{
    static float scratch[SMALL_SCRATCH], y[SMALL_PREDICTIONS], row[SMALL_FEATURES];
    uint32_t word = 0x7fc00000u;
    memcpy(&row[1], &word, 4);
    small_predict(row, y, scratch);
    memcpy(&word, &y[2], 4);
    printf("%d %d\n", (word & 0x7fffffffu) > 0x7f800000u, (int)small_classify(row, scratch));
    return 0;
}
)";
    for (const char* flags : {" -O1 ", " -Ofast -ffast-math "}) {
        test::output_of("cd '" + (exported.folder / "") + "' && " NIB_C_COMPILER " " NIB_C_FLAGS + std::string(flags) +
                        "driver.c -lm -o small");
        CHECK(test::output_of(NIB_EMULATOR " '" + (exported.folder / "small") + "'") == "1 0\n");
    }
}

TEST_CASE("the C file names columns and classes, whatever is in them")
{
    Schema schema;
    schema.columns.resize(4);
    schema.columns[0].name = "a */ #error b";
    schema.columns[1].name = "size $p";
    schema.columns[2].name = "isle";
    schema.columns[2].words = {"No\\rth", "S\"outh"};
    schema.columns[3].name = "a *_ #error b";
    schema.columns[3].may_miss = schema.columns[3].is_flagged = true;
    schema.columns[3].fill = 0.5f;
    schema.targets = {"kind"};
    schema.classes = {"?\?/ \"x\" %s", "\xc3\xbc", "u ", "u_"};
    TableRows rows = test::empty_rows(40, 6);
    rows.classes = Buffer<std::int32_t>(40, test::heap());
    for (std::size_t i = 0; i < 40; ++i) rows.classes[i] = static_cast<std::int32_t>(i % 4);
    const TableModel of(test::table_of(schema, std::move(rows)), "linear");
    const ExportedTable exported = exported_table(of);
    export_c(exported.folded, "small", exported.folder / "small.c", test::heap());
    std::ofstream(exported.folder / "driver.c")
        << "#define SMALL_DECLARATIONS\n#include \"small.c\"\n#include <stdio.h>\nint main(void)\n{\n"
           "    printf(\"%d %d %d %d %d\\n\", SMALL_COLUMN_isle_No_rth, SMALL_COLUMN_isle_S_outh,\n"
           "           SMALL_COLUMN_a_____error_b_missing, SMALL_CLASS_u_, SMALL_CLASS_u__3);\n"
           "    puts(small_class_name(0));\n    puts(small_class_name(1));\n    return 0;\n}\n";
    test::output_of("cd '" + (exported.folder / "") + "' && " NIB_C_COMPILER " " NIB_C_FLAGS + std::string(strict) +
                    "-Wcomment -Wtrigraphs driver.c small.c -lm -o small");
    CHECK(test::output_of(NIB_EMULATOR " '" + (exported.folder / "small") + "'") ==
          "2 3 5 2 3\n?\?/ \"x\" %s\n\xc3\xbc\n");
    const std::string text = text_of_file(exported.folder / "small.c");
    CHECK(text.find("isle: 1 for No\\rth, otherwise 0") != text.npos);
    CHECK(text.find("size $p") != text.npos);
    CHECK(text.find(", or 0.5 where it is missing") != text.npos);
}

TEST_CASE("exported C has no function that it does not call, whatever the prefix")
{
    for (const char* layer : {"elu", "gelu", "tanh", "relu", "softplus"}) {
        const TableModel of(test::curve(100, 1, 2), std::string("linear 3, ").append(layer).append(", linear"));
        const ExportedTable exported = exported_table(of);
        for (const char* prefix : {"d", "uced", "scaled"}) {
            CAPTURE(layer, prefix);
            export_c(exported.folded, prefix, exported.folder / "small.c", test::heap());
            test::output_of("cd '" + (exported.folder / "") + "' && " NIB_C_COMPILER " " NIB_C_FLAGS +
                            std::string(strict) + "-c small.c");
        }
    }
}

TEST_CASE("a network's text is no code in the exported file")
{
    for (const char* text : {"x */ int injected(void) { return 1; } /*", "x$", "$[x]", "$[network]", "?\?/"}) {
        CAPTURE(text);
        const TableModel of(test::clouds(3, 60), "linear 40, relu, linear 40, relu, linear 40, relu, linear");
        Buffer<char> file = fold(of.model, test::heap());
        const auto& header = *reinterpret_cast<const infer::Header*>(file.data());
        REQUIRE(std::strlen(text) <= header.text_bytes);
        std::copy_n(text, std::strlen(text), file.data() + infer::parts_of(header).text);
        seal(file);
        const test::Folder folder;
        export_c(Folded(std::move(file), "test", test::heap()), "small", folder / "small.c", test::heap());
        test::output_of("cd '" + (folder / "") + "' && " NIB_C_COMPILER " " NIB_C_FLAGS + std::string(strict) +
                        "-c small.c");
        CHECK(test::output_of("cd '" + (folder / "") + "' && nm small.o").find("injected") == std::string::npos);
    }
}

TEST_CASE("exported ONNX computes the engine's outputs from rows")
{
    for (const std::string& name : test::table_model_names()) {
        CAPTURE(name);
        const ExportedTable exported = exported_table(test::table_model(name));
        const std::string path = exported.folder / "small.onnx";
        export_onnx(exported.folded, path, test::heap());
        const std::string file = text_of_file(path);
        test::OnnxGraph graph(test::one_of(file, 7).bytes);
        const auto result = graph.run(
            {{exported_rows, exported.x.size() / exported_rows}, {exported.x.begin(), exported.x.end()}}, "rows");
        CHECK(test::largest_difference(exported.outputs(), {result.values.begin(), result.values.end()}) < 2e-5);
        CHECK(test::one_of(test::one_of(file, 14).bytes, 1).bytes == "table");
    }
}

TEST_CASE("ONNX Runtime computes the engine's outputs from rows")
{
    if (!test::has_onnx_runtime()) NIB_SKIP("onnxruntime is not installed for python3, nor for NIB_PYTHON");
    for (const std::string& name : test::table_model_names()) {
        CAPTURE(name);
        const ExportedTable exported = exported_table(test::table_model(name));
        CHECK(test::largest_difference(exported.outputs(), test::run_onnx(exported)) < 2e-5);
    }
}

TEST_CASE("a Python file of a table has its columns, its classes, and no text functions")
{
    const test::Folder folder;
    export_pytorch(test::table_model("classes").model, folder / "model.py");
    const std::string text = text_of_file(folder / "model.py");
    for (const char* part : {"FEATURES = 2\n", "COLUMNS = [\n    \"x\",\n    \"y\",\n]\n",
                             "CLASSES = [\n    \"c0\",\n    \"c1\",\n    \"c2\",\n]\n", "class Standardize(nn.Module):",
                             "logits of the classes, (n, 3)", "def load(path):", "def parameter_groups("}) {
        CAPTURE(part);
        CHECK(text.find(part) != text.npos);
    }
    for (const char* part : {"CONTEXT_LENGTH", "VOCABULARY", "def encode", "def contexts"}) {
        CAPTURE(part);
        CHECK(text.find(part) == text.npos);
    }
    export_pytorch(test::table_model("numbers").model, folder / "numbers.py");
    CHECK(text_of_file(folder / "numbers.py").find("TARGETS = [\n    \"\",\n]\n") != std::string::npos);
}
