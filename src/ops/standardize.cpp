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
    const auto row = [&](const char* name, const float* numbers) {
        return g.floats(g.part(name), {at.outputs()}, [&](std::size_t, std::size_t i) { return numbers[i]; });
    };
    const std::string centred = g.part("centred");
    g.node("Sub", {g.value(), row("mean", at.floats())}, centred);
    g.node("Mul", {centred, row("inverse_std", at.floats() + at.stride())}, g.next());
}

} // namespace

const Op standardize_op = {
    .word = "standardize", .c_arrays = c_arrays, .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
