// keep, swap and add: residuals, on a stack.
#include "ops/list.hpp"

#include <utility>

namespace nib {

namespace {

constexpr char function[] = R"(
static void $p_add(const float *x, size_t n, float *y)
{
    size_t i;
    for (i = 0; i < n; ++i) y[i] += x[i];
}
)";

constexpr char call[] = R"(
    $p_add($[term], $[outputs], $[to]);)";

std::vector<std::string> c_functions(const infer::Operation&) { return {function}; }

void c_call(CSource& c, const OpAt&) { c.write(call); }

// Keep and swap need no node: which value is meant is known before the graph runs.
void keep_onnx(OnnxGraph& g, const OpAt&)
{
    g.stack().push_back(g.value());
    g.begin(g.value());
}

void swap_onnx(OnnxGraph& g, const OpAt&)
{
    std::string top = std::exchange(g.stack().back(), g.value());
    g.begin(std::move(top));
}

void add_onnx(OnnxGraph& g, const OpAt&)
{
    const std::string term = std::move(g.stack().back());
    g.stack().pop_back();
    g.node("Add", {g.value(), term}, g.next());
}

} // namespace

const Op keep_op = {.word = "keep", .onnx = keep_onnx};
const Op swap_op = {.word = "swap", .onnx = swap_onnx};
const Op add_op = {.word = "add", .c_functions = c_functions, .c_call = c_call, .onnx = add_onnx};

} // namespace nib
