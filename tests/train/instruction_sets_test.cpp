// One answer: the result of training has the same bits on every instruction set with fma.
#include "catch.hpp"
#include "forked.hpp"
#include "train/one_answer.hpp"

#include <algorithm>

using namespace nib;
using namespace nib::test;

namespace {

std::vector<OneAnswer> runs()
{
    std::vector<OneAnswer> all = odd_sizes_to_answer();
    for (OneAnswer& run : presets_to_answer()) all.push_back(run);
    return all;
}

// The scalar kernels take 27 ms for a step of lecture-deep.
std::int64_t steps_of(const OneAnswer& run) { return run.vocabulary == 0 ? 3 : 20; }

// One line a run.
std::string answers_with(const char* isa)
{
    return output_with_isa(isa, [] {
        std::string lines;
        for (const OneAnswer& run : runs()) {
            lines += run.name + ": " + std::to_string(answer(run, steps_of(run), 1)) + "\n";
        }
        return lines;
    });
}

} // namespace

TEST_CASE("every instruction set with fma has one answer")
{
    const std::string scalar = answers_with("scalar");
    CHECK(std::count(scalar.begin(), scalar.end(), '\n') == std::ssize(runs()));
    for (const char* isa : {"avx2", "avx512", "neon64"}) {
        if (kernels::table_of(isa) == nullptr) continue;
        CAPTURE(isa);
        CHECK(answers_with(isa) == scalar);
    }
}
