#include "layers/feature_norm.hpp"

#include "net/segment_sums.hpp"
#include "net/turned.hpp"

#include <algorithm>
#include <vector>

namespace nib {

namespace {

struct FeatureNorm {
    bool is_centred; // the mean is subtracted
    float eps;
};

FeatureNorm norm_of(const Model& model, std::size_t node)
{
    const auto& options = model.network.nodes()[node].spec.options.as<FeatureNormOptions>();
    return {.is_centred = model.layout.has_tensor(node, 1), .eps = static_cast<float>(options.eps)};
}

// Threads own groups of rows. Each group writes its moments, and on the way back its sums, for all threads to read.
// They are joined in the order of the groups, which depend on the height alone. A group's two rows lie one behind the
// other.
struct FeatureNormStep {
    FeatureNorm norm;
    std::ptrdiff_t batch, stride, features;
    const Tensor *gamma, *beta; // beta: null if there is none
    int thread;
    Range own, groups;                      // rows, and their groups
    std::vector<std::ptrdiff_t> group_rows; // of all groups
    StepBuffer x, y, x_hat, g;
    StepBuffer moments, sums; // (groups, 2, stride)
    StepBuffer inverse_std;   // (threads, stride): one row for each thread
    GradientParts dy, dx;
    SegmentSums gradients; // if the minibatch is cut: of gamma, then of beta

    std::ptrdiff_t at() const noexcept { return own.first * stride; }
    std::ptrdiff_t count() const noexcept { return static_cast<std::ptrdiff_t>(group_rows.size()); }
    Range rows_of(std::ptrdiff_t group) const { return slice(features, count(), group); }
};

// The row for a group's means: the first of its two rows, unused if the mean is not subtracted.
float* mean_of(const FeatureNormStep& f, float* group) { return f.norm.is_centred ? group : nullptr; }

void moments(StepState& s, const FeatureNormStep& f)
{
    for (std::ptrdiff_t group = f.groups.first; group < f.groups.last; ++group) {
        float* to = f.moments.at(s.step) + group * 2 * f.stride;
        s.kernels.column_moments({.rows = f.rows_of(group).size(),
                                  .examples = f.batch,
                                  .stride = f.stride,
                                  .x = f.x.at(s.step) + f.rows_of(group).first * f.stride,
                                  .mean = mean_of(f, to),
                                  .scatter = to + f.stride});
    }
}

void forward(StepState& s, const FeatureNormStep& f)
{
    float* const all = f.moments.at(s.step);
    float* const inverse_std = f.inverse_std.at(s.step) + f.thread * f.stride;
    s.kernels.join_columns({.groups = f.count(),
                            .examples = f.batch,
                            .group_rows = f.group_rows.data(),
                            .group_stride = 2 * f.stride,
                            .group_mean = mean_of(f, all),
                            .group_scatter = all + f.stride,
                            .eps = f.norm.eps,
                            .mean = s.lines,
                            .inverse_std = inverse_std});
    s.kernels.standardise({.rows = f.own.size(),
                           .examples = f.batch,
                           .stride = f.stride,
                           .x = f.x.at(s.step) + f.at(),
                           .mean = f.norm.is_centred ? s.lines : nullptr,
                           .inverse_std = inverse_std,
                           .gamma = s.parameter(f.gamma->offset + f.own.first),
                           .beta = f.beta == nullptr ? nullptr : s.parameter(f.beta->offset + f.own.first),
                           .x_hat = f.x_hat.at(s.step) + f.at(),
                           .y = f.y.at(s.step) + f.at()});
}

// The way back through some examples of a group: the sums of each example over its rows, and those of each row over the
// examples, which are the gradients of gamma and beta.
void sum_group(const StepState& s, const FeatureNormStep& f, std::ptrdiff_t group, const Range& examples, float* dgamma,
               float* dbeta)
{
    const Range rows = f.rows_of(group);
    const std::ptrdiff_t at = rows.first * f.stride + examples.first;
    float* to = f.sums.at(s.step) + group * 2 * f.stride + examples.first;
    s.kernels.standardise_sums({.rows = rows.size(),
                                .examples = examples.size(),
                                .stride = f.stride,
                                .dy = f.dy.at(s.step) + at,
                                .parts = f.dy.count,
                                .part_stride = f.dy.stride,
                                .x_hat = f.x_hat.at(s.step) + at,
                                .gamma = s.parameter(f.gamma->offset + rows.first),
                                .g = f.g.at(s.step) + at,
                                .dgamma = dgamma + rows.first,
                                .dbeta = f.beta == nullptr ? nullptr : dbeta + rows.first,
                                .sum_g = mean_of(f, to),
                                .sum_gx = to + f.stride});
}

float* gradient_of(const StepState& s, const Tensor* tensor)
{
    return tensor == nullptr ? nullptr : s.gradients + tensor->offset;
}

void sums_of_segments(const StepState& s, const FeatureNormStep& f)
{
    const SegmentSums& sums = f.gradients;
    const std::ptrdiff_t half = sums.width / 2;
    sums.segments.for_own([&](std::ptrdiff_t segment, const Range& examples) {
        for (std::ptrdiff_t group = f.groups.first; group < f.groups.last; ++group)
            sum_group(s, f, group, examples, sums.at(s, segment), sums.at(s, segment) + half);
    });
    std::ptrdiff_t first = f.own.first;
    for (const Tensor* tensor : {f.gamma, f.beta}) {
        if (tensor == nullptr) continue;
        sums.add_own(s, first, f.own.size());
        sums.give_gradients(s, first, f.own.size(), tensor->offset + f.own.first);
        first += half;
    }
}

void sums(StepState& s, const FeatureNormStep& f)
{
    if (f.gradients.width > 0) return sums_of_segments(s, f);
    for (std::ptrdiff_t group = f.groups.first; group < f.groups.last; ++group)
        sum_group(s, f, group, {0, f.batch}, gradient_of(s, f.gamma), gradient_of(s, f.beta));
}

void update(StepState& s, const FeatureNormStep& f)
{
    if (f.own.size() == 0) return;
    for (const Tensor* tensor : {f.gamma, f.beta})
        if (tensor != nullptr) s.update(*tensor, f.own);
}

void backward(StepState& s, const FeatureNormStep& f)
{
    float* const all = f.sums.at(s.step);
    s.kernels.standardise_backward({.rows = f.own.size(),
                                    .examples = f.batch,
                                    .stride = f.stride,
                                    .features = f.features,
                                    .groups = f.count(),
                                    .group_stride = 2 * f.stride,
                                    .sum_g = mean_of(f, all),
                                    .sum_gx = all + f.stride,
                                    .inverse_std = f.inverse_std.at(s.step) + f.thread * f.stride,
                                    .x_hat = f.x_hat.at(s.step) + f.at(),
                                    .g = f.g.at(s.step) + f.at(),
                                    .dx = f.dx.at(s.step) + f.at()});
}

struct NormArrays {
    StepBuffer x, y;
    GradientParts dy, dx;
};

FeatureNormStep step_of(std::size_t node, Planner& p, const NormArrays& arrays)
{
    const FeatureNorm norm = norm_of(p.model(), node);
    const Node& n = p.node(node);
    const Layout& layout = p.model().layout;
    const std::ptrdiff_t features = n.in.rows(), groups = neuron_groups(features), stride = p.stride();
    const Share share = share_of(features, p.threads(), p.thread());
    FeatureNormStep f = {.norm = norm,
                         .batch = p.batch(),
                         .stride = stride,
                         .features = features,
                         .gamma = &layout.tensor(node, 0),
                         .beta = norm.is_centred ? &layout.tensor(node, 1) : nullptr,
                         .thread = p.thread(),
                         .own = share.neurons,
                         .groups = share.groups,
                         .group_rows = {},
                         .x = arrays.x,
                         .y = arrays.y,
                         .x_hat = p.array(features * stride),
                         .g = p.array(features * stride),
                         .moments = p.array(groups * 2 * stride),
                         .sums = p.array(groups * 2 * stride),
                         .inverse_std = p.array(p.threads() * stride),
                         .dy = arrays.dy,
                         .dx = arrays.dx,
                         .gradients = {}};
    if (p.segments().is_cut()) f.gradients = SegmentSums::plan(p, 2 * padded(features));
    for (std::ptrdiff_t group = 0; group < groups; ++group)
        f.group_rows.push_back(slice(features, groups, group).size());
    return f;
}

struct FewFeatureNormStep {
    TurnedLayer turned;
    FeatureNormStep norm;
};

void forward_few(StepState& s, const FewFeatureNormStep& f)
{
    f.turned.take_x(s);
    moments(s, f.norm);
    forward(s, f.norm);
    f.turned.put_y(s);
}

void backward_few(StepState& s, const FewFeatureNormStep& f)
{
    f.turned.take_dy(s);
    sums(s, f.norm);
    update(s, f.norm);
    if (f.turned.wanted.count == 0) return;
    backward(s, f.norm);
    f.turned.put_dx(s);
}

} // namespace

void plan_feature_norm(std::size_t node, int, Planner& p)
{
    const int output = static_cast<int>(node) + 1, input = p.node(node).input;
    const FeatureNormStep f = step_of(
        node, p,
        {.x = p.value(input), .y = p.value(output), .dy = p.gradient(output), .dx = p.leave_gradient(input, 1)});
    const Reach in = p.reach(input, p.node(node).in);
    p.forward<moments>(f, {{f.x.id, in}}, {{f.moments.id, Reach::own}});
    p.forward<forward>(f, {{f.moments.id, Reach::all}, {f.x.id, in}}, {{f.y.id, Reach::own}});
    p.backward<sums>(f, {{f.dy.buffer.id, Reach::own}}, {{f.sums.id, Reach::own}});
    p.backward<update>(f, {}, {});
    if (f.dx.count > 0) p.backward<backward>(f, {{f.sums.id, Reach::all}}, {{f.dx.buffer.id, in}});
}

void plan_feature_norm_few(std::size_t node, int, Planner& p)
{
    const TurnedLayer t(p, node);
    const FewFeatureNormStep f = {
        t, step_of(node, p, {.x = t.x.array, .y = t.y.array, .dy = t.dy.gradient(), .dx = t.dx.gradient()})};
    p.forward<forward_few>(f, {{t.from.id, Reach::own}}, {{t.to.id, Reach::own}});
    std::vector<Access> left;
    if (t.wanted.count > 0) left.push_back({t.wanted.buffer.id, Reach::own});
    p.backward<backward_few>(f, {{t.left.buffer.id, Reach::own}}, left);
}

void evaluate_feature_norm(const Model& model, std::size_t node, int, const Evaluation& e)
{
    const FeatureNorm norm = norm_of(model, node);
    const std::ptrdiff_t rows = model.network.nodes()[node].in.rows();
    alignas(64) float mean[evaluation_chunk], scatter[evaluation_chunk], inverse_std[evaluation_chunk];
    e.kernels.column_moments({.rows = rows,
                              .examples = e.count,
                              .stride = evaluation_chunk,
                              .x = e.from,
                              .mean = norm.is_centred ? mean : nullptr,
                              .scatter = scatter});
    e.kernels.join_columns({.groups = 1,
                            .examples = e.count,
                            .group_rows = &rows,
                            .group_stride = evaluation_chunk,
                            .group_mean = norm.is_centred ? mean : nullptr,
                            .group_scatter = scatter,
                            .eps = norm.eps,
                            .mean = mean,
                            .inverse_std = inverse_std});
    e.kernels.standardise({.rows = rows,
                           .examples = e.count,
                           .stride = evaluation_chunk,
                           .x = e.from,
                           .mean = norm.is_centred ? mean : nullptr,
                           .inverse_std = inverse_std,
                           .gamma = model.at(model.layout.tensor(node, 0).offset),
                           .beta = norm.is_centred ? model.at(model.layout.tensor(node, 1).offset) : nullptr,
                           .x_hat = e.to,
                           .y = e.to});
}

void initialise_feature_norm(Model& model, std::size_t node)
{
    const Tensor& gamma = model.layout.tensor(node, 0);
    std::fill_n(model.at(gamma.offset), gamma.rows, 1.0f);
}

std::ptrdiff_t multiply_adds_of_norm(const Node& node) { return node.out.rows(); }

} // namespace nib
