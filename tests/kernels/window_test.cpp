// The segments of an axis against a plain loop over positions and taps.
#include "catch.hpp"
#include "kernels/window.hpp"
#include "numbers.hpp"

#include <vector>

using namespace nib::test;
using namespace nib::kernels;

namespace {

// A tap, and the position in the other plane that it meets.
struct Term {
    std::ptrdiff_t tap, at;

    friend bool operator==(const Term&, const Term&) = default;
};

using Terms = std::vector<std::vector<Term>>; // by position

Terms terms_of(const WindowSegments& segments, std::ptrdiff_t positions)
{
    Terms terms(static_cast<std::size_t>(positions));
    std::vector<int> visits(terms.size());
    for (const WindowSegment& segment : segments) {
        for (std::ptrdiff_t i = 0; i < segment.count; ++i) {
            const auto position = static_cast<std::size_t>(segment.first + i * segment.step);
            ++visits.at(position);
            for (std::ptrdiff_t k = 0; k < segment.taps.count; ++k)
                terms[position].push_back({segment.taps.first + k * segment.taps.tap_step,
                                           segment.taps.at + i * segment.advance + k * segment.taps.step});
        }
    }
    CHECK(visits == std::vector<int>(terms.size(), 1));
    return terms;
}

// f(output, tap, input) for the taps that lie in the plane.
template <class F>
void for_taps(const WindowAxis& w, F f)
{
    for (std::ptrdiff_t o = 0; o < w.out; ++o) {
        for (std::ptrdiff_t k = 0; k < w.taps; ++k) {
            const std::ptrdiff_t i = o * w.stride - w.padding + k * w.dilation;
            if (i >= 0 && i < w.in) f(o, k, i);
        }
    }
}

void check(WindowAxis w)
{
    w.out = window_outputs(w);
    if (w.out < 1) return;
    CAPTURE(w.in, w.taps, w.stride, w.padding, w.dilation);
    Terms of_outputs(static_cast<std::size_t>(w.out)), of_inputs(static_cast<std::size_t>(w.in));
    for_taps(w, [&](std::ptrdiff_t o, std::ptrdiff_t k, std::ptrdiff_t i) {
        of_outputs[static_cast<std::size_t>(o)].push_back({k, i});
        of_inputs[static_cast<std::size_t>(i)].push_back({k, o});
    });
    WindowSegments segments;
    segments_of_outputs(w, segments);
    REQUIRE(segments.count <= WindowSegments::most);
    CHECK(terms_of(segments, w.out) == of_outputs);
    segments_of_inputs(w, segments);
    REQUIRE(segments.count <= WindowSegments::most);
    CHECK(terms_of(segments, w.in) == of_inputs);
}

} // namespace

TEST_CASE("segments hold each position once, with its taps")
{
    Numbers numbers(1);
    for (int i = 0; i < 2000; ++i)
        check({numbers.between(1, 40), 1, numbers.between(1, 9), numbers.between(1, 5), numbers.between(0, 12),
               numbers.between(1, 6)});
}

TEST_CASE("segments of the largest windows, strides, paddings and dilations")
{
    for (const std::ptrdiff_t in : {1, 2, 127, 500})
        for (const std::ptrdiff_t taps : {1, 2, 127, 128})
            for (const std::ptrdiff_t stride : {1, 2, 127, 128})
                for (const std::ptrdiff_t padding : {0, 1, 700, 4096})
                    for (const std::ptrdiff_t dilation : {1, 2, 64, 4096})
                        check({in, 1, taps, stride, padding, dilation});
}
