// Writes a C program that predicts every row of a table with an exported model, and the output that it must have: for
// each row the bits of its predictions and, for classes, the class.
//   table_driver FOLDED.nib TABLE DRIVER.c EXPECTED    the model is exported with the prefix "table"
#include "nib/nib.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <ios>
#include <string>
#include <vector>

namespace {

constexpr char head[] = R"(#define TABLE_DECLARATIONS
#include "model.c"
int putchar(int c); /* stdio's, or the board's own */
)";

constexpr char program[] = R"(
static void print_word(float number)
{
    static const char digits[] = "0123456789abcdef";
    union {
        float f;
        uint32_t u;
    } bits;
    int shift;
    bits.f = number;
    for (shift = 28; shift >= 0; shift -= 4) putchar(digits[bits.u >> shift & 15u]);
    putchar(' ');
}

int main(void)
{
    static float scratch[TABLE_SCRATCH], y[TABLE_PREDICTIONS];
    size_t row, i;
    for (row = 0; row < sizeof rows / sizeof rows[0]; ++row) {
        table_predict(rows[row], y, scratch);
        for (i = 0; i < TABLE_PREDICTIONS; ++i) print_word(y[i]);
        print_class(rows[row], scratch);
        putchar('\n');
    }
    return 0;
}
)";

constexpr char with_class[] = R"(
static void print_class(const float *row, float *scratch)
{
    const char *name = table_class_name(table_classify(row, scratch));
    while (*name != '\0') putchar((unsigned char)*name++);
}
)";

constexpr char without_class[] = R"(
static void print_class(const float *row, float *scratch)
{
    (void)row;
    (void)scratch;
}
)";

struct Rows {
    std::vector<float> x, y;
    std::size_t features, outputs;
};

Rows read_rows(nib::folded& model, const std::string& table)
{
    const nib_folded_info info = model.info();
    Rows rows{{}, {}, static_cast<std::size_t>(info.features), static_cast<std::size_t>(info.outputs)};
    nib::row_reader reader(model, table);
    std::vector<float> row(rows.features);
    while (reader.next(row) == 1) rows.x.insert(rows.x.end(), row.begin(), row.end());
    const std::size_t count = rows.x.size() / rows.features;
    rows.y.resize(count * rows.outputs);
    model.predict(rows.x, static_cast<std::int64_t>(count), rows.y);
    return rows;
}

void write_driver(const Rows& rows, bool has_classes, const std::string& path)
{
    std::ofstream driver(path);
    driver << head << "static const float rows[][TABLE_FEATURES] = {\n";
    for (std::size_t i = 0; i < rows.x.size(); ++i) {
        char number[40];
        std::snprintf(number, sizeof number, "%a", static_cast<double>(rows.x[i]));
        driver << (i % rows.features == 0 ? "    {" : ", ") << number << "f"
               << ((i + 1) % rows.features == 0 ? "},\n" : "");
    }
    driver << "};\n" << (has_classes ? with_class : without_class) << program;
}

void write_expected(const nib::folded& model, const Rows& rows, const std::string& path)
{
    std::ofstream expected(path);
    for (auto row = rows.y.begin(); row != rows.y.end(); row += static_cast<std::ptrdiff_t>(rows.outputs)) {
        const auto end = row + static_cast<std::ptrdiff_t>(rows.outputs);
        for (auto each = row; each != end; ++each) {
            std::uint32_t bits;
            std::memcpy(&bits, &*each, sizeof bits);
            char word[16];
            std::snprintf(word, sizeof word, "%08x ", static_cast<unsigned>(bits));
            expected << word;
        }
        if (model.info().classes > 0)
            expected << model.class_name(static_cast<std::int32_t>(std::max_element(row, end) - row));
        expected << "\n";
    }
}

} // namespace

int main(int argc, char** argv)
try {
    if (argc != 5) return 2;
    const nib::context context(1);
    nib::folded model = nib::folded::load(context, argv[1]);
    const Rows rows = read_rows(model, argv[2]);
    write_driver(rows, model.info().classes > 0, argv[3]);
    write_expected(model, rows, argv[4]);
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
