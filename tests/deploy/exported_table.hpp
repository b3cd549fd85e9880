// Exports a model of a table, or of planes, and runs what was exported.
#pragma once

#include "catch.hpp"
#include "deploy/compiled.hpp"
#include "deploy/export_onnx.hpp"
#include "deploy/folded.hpp"
#include "deploy/predict_folded.hpp"
#include "deploy/table_models.hpp"
#include "folder.hpp"
#include "io/file.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace nib::test {

inline constexpr char strict[] =
    " -std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Werror -O1 ";
inline constexpr std::size_t exported_rows = 40;

inline std::string text_of_file(const std::string& path)
{
    const Buffer<char> file = read_file(path, SIZE_MAX, heap());
    return {file.begin(), file.end()};
}

inline std::string hexadecimal(float value)
{
    char text[40];
    std::snprintf(text, sizeof text, "%a", static_cast<double>(value));
    return text;
}

// A folded model in its own folder, with rows.
struct ExportedTable {
    std::vector<float> predicted() const
    {
        std::vector<float> y(exported_rows * static_cast<std::size_t>(predictions_of(folded)));
        predict(folded, x.data(), static_cast<std::ptrdiff_t>(exported_rows), folded.view().inputs(), y.data(), 1);
        return y;
    }
    std::vector<float> outputs() const
    {
        std::vector<float> z(exported_rows * static_cast<std::size_t>(folded.view().outputs()));
        Buffer<char> memory(infer::make_plan(*folded.view().header, 1).bytes(), heap());
        infer::Workspace workspace{};
        infer::make_workspace(folded.view(), 1, memory.data(), memory.size(), workspace);
        infer::outputs(folded.view(), x.data(), exported_rows, static_cast<std::size_t>(folded.view().inputs()),
                       z.data(), workspace);
        return z;
    }

    Folded folded;
    std::vector<float> x; // exported_rows
    Folder folder = {};
};

// C code after small.c: prints the bits of the predictions of rows, and for each row the class and its name.
inline void write_driver(const ExportedTable& of)
{
    std::ofstream driver(of.folder / "driver.c");
    driver << "#include <inttypes.h>\n#include <stdio.h>\n#include <string.h>\n#define SMALL_DECLARATIONS\n"
              "#include \"small.c\"\nstatic const float rows[][SMALL_FEATURES] = {\n";
    const std::size_t features = of.x.size() / exported_rows;
    for (std::size_t i = 0; i < of.x.size(); ++i)
        driver << (i % features == 0 ? "{" : "") << hexadecimal(of.x[i]) << "f"
               << (i % features + 1 == features ? "},\n" : ", ");
    driver << "};\nint main(void)\n{\n    static float scratch[SMALL_SCRATCH], y[SMALL_PREDICTIONS];\n"
              "    size_t i, k;\n    for (i = 0; i < sizeof rows / sizeof rows[0]; ++i) {\n"
              "        small_predict(rows[i], y, scratch);\n        for (k = 0; k < SMALL_PREDICTIONS; ++k) {\n"
              "            uint32_t word;\n            memcpy(&word, &y[k], 4);\n"
              "            printf(\"%\" PRIx32 \"\\n\", word);\n        }\n";
    if (of.folded.view().header->classes() > 0)
        driver << "        printf(\"%x %s\\n\", (unsigned)small_classify(rows[i], scratch),\n"
                  "               small_class_name(small_classify(rows[i], scratch)));\n";
    driver << "    }\n    return 0;\n}\n";
}

// Compiles the exported file and compares all rows. Returns the largest difference.
inline double run_c(const ExportedTable& of, const std::string& options)
{
    write_driver(of);
    output_of("cd '" + (of.folder / "") + "' && " NIB_C_COMPILER " " NIB_C_FLAGS + std::string(strict) + options +
              " driver.c small.c -lm -o small");
    std::istringstream printed(output_of(NIB_EMULATOR " '" + (of.folder / "small") + "'"));
    const std::vector<float> expected = of.predicted();
    const std::size_t predictions = expected.size() / exported_rows;
    std::vector<float> y;
    for (std::size_t i = 0; i < exported_rows; ++i) {
        for (std::size_t k = 0; k < predictions; ++k) y.push_back(read_words<float>(printed));
        if (of.folded.view().header->classes() == 0) continue;
        std::size_t found = 0;
        std::string name;
        REQUIRE(printed >> std::hex >> found >> name);
        const auto row = y.end() - static_cast<std::ptrdiff_t>(predictions);
        CHECK(static_cast<std::ptrdiff_t>(found) == std::max_element(row, y.end()) - row);
        CHECK(name == of.folded.schema().classes[found]);
    }
    return largest_difference(expected, y);
}

// NIB_PYTHON: a Python that has onnxruntime, if python3 does not.
inline std::string python()
{
    const char* chosen = std::getenv("NIB_PYTHON");
    return chosen != nullptr ? chosen : "python3";
}

inline bool has_onnx_runtime() { return std::system((python() + " -c 'import onnxruntime' 2>/dev/null").c_str()) == 0; }

// The outputs that ONNX Runtime computes from the rows.
inline std::vector<float> run_onnx(const ExportedTable& of)
{
    const std::string path = of.folder / "small.onnx";
    export_onnx(of.folded, path, heap());
    std::string command = python() + " " NIB_SOURCE_DIR "/tests/deploy/run_onnx.py " + path;
    for (const float each : of.x) command.append(" ").append(hexadecimal(each));
    std::istringstream printed(output_of(command));
    std::vector<float> z;
    for (std::string word; printed >> word;) z.push_back(std::strtof(word.c_str(), nullptr));
    REQUIRE(z.size() == of.outputs().size());
    return z;
}

} // namespace nib::test
