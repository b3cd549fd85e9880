#include "train/clipping.hpp"

#include "net/planner.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

namespace nib {

namespace {

struct ClipStep {
    double clip_norm;
    std::ptrdiff_t count; // of the squares: one for each line of a matrix and for each number of a vector
    StepBuffer squares;   // in the order of the tensors
};

std::ptrdiff_t squares_of(const Tensor& tensor) { return tensor.is_vector() ? tensor.rows : tensor.lines(); }

void measure(StepState& s, const ClipStep& c)
{
    const std::vector<Tensor>& tensors = s.model.layout.tensors;
    float* squares = c.squares.at(s.step);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const Tensor& tensor = tensors[i];
        for (std::ptrdiff_t at = s.left[i].first; at < s.left[i].last; ++at) {
            const float* g = s.gradients + tensor.offset + at * tensor.line_stride();
            squares[at] = tensor.is_vector() ? *g * *g : s.kernels.sum_of_squares(tensor.line_size(), g);
        }
        squares += squares_of(tensor);
    }
}

float factor(const StepState& s, const ClipStep& c)
{
    const float* squares = c.squares.at(s.step);
    double total = 0;
    for (std::ptrdiff_t i = 0; i < c.count; ++i) total += static_cast<double>(squares[i]);
    return static_cast<float>(c.clip_norm / (std::sqrt(total) + 1e-6));
}

void shorten_and_update(StepState& s, const ClipStep& c) { s.update_left(factor(s, c)); }

} // namespace

void plan_clipping(Planner& p, double clip_norm)
{
    ClipStep c = {.clip_norm = clip_norm, .count = 0, .squares = {}};
    for (const Tensor& tensor : p.model().layout.tensors) c.count += squares_of(tensor);
    c.squares = p.array(c.count);
    p.last<measure>(c, {}, {{c.squares.id, Reach::own}});
    p.last<shorten_and_update>(c, {{c.squares.id, Reach::all}}, {});
}

} // namespace nib
