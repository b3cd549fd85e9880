// table: the first layer with its embeddings multiplied out, a sum of one row for each place.
#include "ops/c_text.hpp"
#include "ops/list.hpp"

#include <bit>
#include <cstring>

namespace nib {

namespace {

constexpr char float_rows[] = R"(
/* bias, and what each symbol adds at its place, [place][symbol][n]. */
static void $p_add_rows(const $[type] *table, const float *bias, const int32_t *context, size_t n, float *y)
{
    size_t place, o;
    for (o = 0; o < n; ++o) y[o] = bias[o];
    for (place = 0; place < $P_CONTEXT; ++place) {
        const $[type] *row = table + (place * $P_VOCABULARY + (size_t)context[place]) * n;
        for (o = 0; o < n; ++o) y[o] += $[float]row[o]$[/float];
    }
}
)";

constexpr char integer_rows[] = R"(
/* bias, and what each symbol adds at its place, [place][symbol][n]: whole numbers, of which 1 is the output's scale. */
static void $p_add_rows(const int8_t *table, const float *scales, const float *bias, const int32_t *context, size_t n,
                        float *y)
{
    size_t place, o;
    for (o = 0; o < n; ++o) {
        int32_t sum = 0;
        for (place = 0; place < $P_CONTEXT; ++place)
            sum += table[(place * $P_VOCABULARY + (size_t)context[place]) * n + o];
        y[o] = $P_FMA((float)sum, scales[o], bias[o]);
    }
}
)";

constexpr char call[] = R"(
    $p_add_rows($p_table, $[scales]$p_bias$[number], context, $[outputs], $[to]);)";

// The numbers of the rows as bits.
class Numbers {
public:
    explicit Numbers(const OpAt& at) : rows_(infer::rows_of(at.view, at.operation)) {}

    std::uint32_t bits(std::size_t row, std::size_t output) const
    {
        const std::size_t in_word = 32 / rows_.bits;
        const std::size_t word = output / in_word / 16 * 16 + output % 16;
        std::uint32_t value = 0;
        std::memcpy(&value, rows_.rows + row * static_cast<std::size_t>(rows_.words) + word, sizeof value);
        return value >> output / 16 % in_word * rows_.bits;
    }
    float number(std::size_t row, std::size_t output) const { return std::bit_cast<float>(bits(row, output)); }
    const infer::Rows& rows() const { return rows_; }

private:
    infer::Rows rows_;
};

std::size_t rows_of(const OpAt& at) { return at.inputs() * static_cast<std::size_t>(at.view.vocabulary()); }

void c_arrays(CSource& c, const OpAt& at)
{
    const Numbers numbers(at);
    const std::uint32_t bits = at.operation.bits;
    const std::size_t outputs = at.outputs();
    c.write("\n/* [place][symbol][" + std::to_string(outputs) + "] */");
    c.write_floats("bias" + at.number, outputs, [&](std::size_t o) { return numbers.rows().bias[o]; });
    if (bits == 8) c.write_floats("steps", outputs, [&](std::size_t o) { return numbers.rows().scales[o]; });
    c.write_array(c_number(bits), "table", rows_of(at) * outputs, [&](std::size_t i) {
        const std::size_t row = i / outputs, output = i % outputs;
        if (bits == 32) return c_literal(numbers.number(row, output));
        const std::uint32_t number = numbers.bits(row, output);
        return bits == 16 ? c_literal(static_cast<std::uint16_t>(number))
                          : c_literal(static_cast<std::int8_t>((number & 0xff) - 128));
    });
}

std::vector<std::string> c_functions(const infer::Operation& operation)
{
    if (operation.bits == 8) return {integer_rows};
    const std::string rows = c_text::for_weights(float_rows, operation.bits);
    return operation.bits == 16 ? std::vector<std::string>{c_text::bfloat16, rows} : std::vector<std::string>{rows};
}

void c_call(CSource& c, const OpAt& at)
{
    c.set("scales", at.operation.bits == 8 ? "$p_steps, " : "");
    c.write(call);
}

void add_onnx(OnnxGraph& g, const OpAt& at)
{
    const Numbers numbers(at);
    std::vector<std::int64_t> first_rows;
    for (std::size_t i = 0; i < at.inputs(); ++i)
        first_rows.push_back(static_cast<std::int64_t>(i) * at.view.vocabulary());
    const std::string places = g.integers("first_rows", first_rows);
    const std::string table = g.floats("table", {rows_of(at), at.outputs()},
                                       [&](std::size_t row, std::size_t o) { return numbers.number(row, o); });
    const std::string bias =
        g.floats("bias", {at.outputs()}, [&](std::size_t, std::size_t o) { return numbers.rows().bias[o]; });
    g.node("Add", {g.value(), places}, "rows");
    g.node("Gather", {table, "rows"}, "parts");
    g.node("ReduceSum", {"parts", g.integers("places", {1})}, "sum", {{"keepdims", 0}});
    g.node("Add", {"sum", bias}, g.next());
}

} // namespace

const Op table_op = {
    .word = "table", .c_arrays = c_arrays, .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
