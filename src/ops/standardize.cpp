// standardize: y[i] = (x[i] - mean[i]) inverse_std[i], the first layer of a table.
#include "ops/list.hpp"

namespace nib {

namespace {

constexpr char function[] = R"(
static void $p_standardize(const float *mean, const float *inverse_std, size_t n, float *x)
{
    size_t i;
    for (i = 0; i < n; ++i) {
        const float centred = x[i] - mean[i];
        x[i] = centred * inverse_std[i];
    }
}
)";

constexpr char call[] = R"(
    $p_standardize($p_mean$[number], $p_inverse_std$[number], $[outputs], $[to]);)";

void c_arrays(CSource& c, const OpAt& at)
{
    c.write_floats("mean" + at.number, at.outputs(), [&](std::size_t i) { return at.floats()[i]; });
    c.write_floats("inverse_std" + at.number, at.outputs(),
                   [&](std::size_t i) { return at.floats()[at.stride() + i]; });
}

std::vector<std::string> c_functions(const infer::Operation&) { return {function}; }

void c_call(CSource& c, const OpAt&) { c.write(call); }

void add_onnx(OnnxGraph& g, const OpAt& at)
{
    const infer::Shape& shape = at.operation.out;
    const std::size_t pixels = static_cast<std::size_t>(shape.pixels());
    const std::vector<std::size_t> dimensions =
        pixels == 1 ? std::vector<std::size_t>{at.outputs()}
                    : std::vector<std::size_t>{shape.channels, shape.height, shape.width};
    // The file has planes in the order (y, x, channel).
    const auto row = [&](const char* name, const float* numbers) {
        return g.floats(g.part(name), dimensions, [&](std::size_t line, std::size_t i) {
            const std::size_t at_number = line * dimensions.back() + i;
            return numbers[at_number % pixels * shape.channels + at_number / pixels];
        });
    };
    const std::string centred = g.part("centred");
    g.node("Sub", {g.value(), row("mean", at.floats())}, centred);
    g.node("Mul", {centred, row("inverse_std", at.floats() + at.stride())}, g.next());
}

} // namespace

const Op standardize_op = {
    .word = "standardize", .c_arrays = c_arrays, .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
