#include "net/exchange.hpp"

#include "net/collective.hpp"
#include "net/step.hpp"

#include <algorithm>
#include <limits>

namespace nib {

namespace {

std::size_t bytes(std::ptrdiff_t floats) { return static_cast<std::size_t>(floats) * sizeof(float); }

// f(rank, number of the node in it, node), for all ranks' nodes.
template <class F>
void for_all_nodes(const Segments& segments, F f)
{
    for (int rank = 0; rank < segments.ranks; ++rank) {
        std::ptrdiff_t number = 0;
        segments.for_nodes(rank, [&](const SegmentNode& node) { f(rank, number++, node); });
    }
}

// The floats of the arena for which one rank adds up the nodes.
std::ptrdiff_t chunk_of(const Segments& segments, std::ptrdiff_t parameters)
{
    return padded((parameters + segments.ranks - 1) / segments.ranks);
}

} // namespace

// One message holds as many nodes as any rank has: all_gather's are of equal sizes.
std::ptrdiff_t gather_messages(const Segments& segments, std::ptrdiff_t width)
{
    return (1 + segments.ranks) * segments.most_nodes() * width;
}

void gather_nodes(StepState& s, float* array, std::ptrdiff_t width)
{
    const Segments& segments = s.segments;
    const std::ptrdiff_t size = segments.most_nodes() * width;
    float *own = s.messages, *all = s.messages + size;
    for_all_nodes(segments, [&](int rank, std::ptrdiff_t number, const SegmentNode& node) {
        if (rank == segments.rank) std::copy_n(array + node.first * width, width, own + number * width);
    });
    if (!s.collective->all_gather(own, bytes(size), all)) {
        std::fill_n(array, segments.count * width, std::numeric_limits<float>::quiet_NaN());
        return;
    }
    for_all_nodes(segments, [&](int rank, std::ptrdiff_t number, const SegmentNode& node) {
        if (rank != segments.rank) std::copy_n(all + rank * size + number * width, width, array + node.first * width);
    });
}

std::ptrdiff_t gradient_messages(const Segments& segments, std::ptrdiff_t parameters)
{
    return (2 * segments.most_nodes() + 1) * segments.ranks * chunk_of(segments, parameters);
}

bool sum_gradients(StepState& s)
{
    const Segments& segments = s.segments;
    const auto parameters = static_cast<std::ptrdiff_t>(s.model.parameters.size());
    const std::ptrdiff_t chunk = chunk_of(segments, parameters), size = segments.most_nodes() * chunk;
    float *sent = s.messages, *received = sent + segments.ranks * size, *sums = received + segments.ranks * size;
    for (int to = 0; to < segments.ranks; ++to) {
        const std::ptrdiff_t begin = std::min(to * chunk, parameters), end = std::min(begin + chunk, parameters);
        for (std::ptrdiff_t node = 0; node < segments.own_nodes(); ++node) {
            const float* const gradients = s.gradients_of(node);
            std::copy(gradients + begin, gradients + end, sent + to * size + node * chunk);
        }
    }
    if (!s.collective->all_to_all(sent, bytes(size), received)) return false;

    float* at[most_segments] = {};
    for_all_nodes(segments, [&](int rank, std::ptrdiff_t number, const SegmentNode& node) {
        at[node.first] = received + rank * size + number * chunk;
    });
    segments.join_ranks([&](const SegmentNode& left, const SegmentNode& right) {
        s.kernels.add(chunk, at[left.first], at[right.first], at[left.first]);
    });
    if (!s.collective->all_gather(at[0], bytes(chunk), sums)) return false;
    std::copy_n(sums, parameters, s.gradients);
    return true;
}

} // namespace nib
