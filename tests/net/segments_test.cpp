// How a minibatch is cut into segments, and how ranks share them.
#include "net/segments.hpp"

#include "catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace nib;

namespace {

// The sums of nodes as text: "((0 1) (2 3))" for four segments.
using Texts = std::vector<std::string>;

auto joining(Texts& texts)
{
    return [&texts](const SegmentNode& left, const SegmentNode& right) {
        std::string& sum = texts[static_cast<std::size_t>(left.first)];
        sum = "(" + sum + " " + std::exchange(texts[static_cast<std::size_t>(right.first)], "") + ")";
    };
}

Texts leaves(std::ptrdiff_t count)
{
    Texts texts;
    for (std::ptrdiff_t i = 0; i < count; ++i) texts.push_back(std::to_string(i));
    return texts;
}

std::string tree(std::ptrdiff_t count)
{
    Texts texts = leaves(count);
    Segments{1 << 20, count}.join_all(joining(texts));
    return texts.front();
}

} // namespace

TEST_CASE("segments are whole blocks of 16 examples, as even as that allows")
{
    for (const std::ptrdiff_t batch : {128, 129, 1000, 1024, 113, 4096}) {
        for (const std::ptrdiff_t count : {1, 2, 4, 8}) {
            CAPTURE(batch, count);
            const Segments segments{batch, count};
            CHECK(segments.begin(0) == 0);
            CHECK(segments.begin(count) == batch);
            std::ptrdiff_t least = batch, most = 0;
            for (std::ptrdiff_t s = 0; s < count; ++s) {
                CHECK(segments.begin(s) % 16 == 0);
                const std::ptrdiff_t blocks = (segments.begin(s + 1) - segments.begin(s) + 15) / 16;
                least = std::min(least, blocks);
                most = std::max(most, blocks);
            }
            CHECK(least >= 1);
            CHECK(most - least <= 1);
        }
    }
}

TEST_CASE("the sum of all segments is one tree")
{
    CHECK(tree(1) == "0");
    CHECK(tree(4) == "((0 1) (2 3))");
    CHECK(tree(8) == "(((0 1) (2 3)) ((4 5) (6 7)))");
}

TEST_CASE("any number of ranks makes the same tree: each its own nodes, and all together the rest")
{
    for (const std::ptrdiff_t count : {2, 8, 16, 64}) {
        for (int ranks = 1; ranks <= count && ranks <= 9; ++ranks) {
            CAPTURE(count, ranks);
            Texts texts = leaves(count);
            std::ptrdiff_t examples = 0, nodes = 0;
            for (int rank = 0; rank < ranks; ++rank) {
                const Segments segments{16 * count + 5, count, rank, ranks};
                CHECK(segments.own_examples().first == examples);
                examples += segments.own_batch();
                nodes += segments.own_nodes();
                CHECK(segments.own_nodes() <= segments.most_nodes());
                segments.join_own(joining(texts));
            }
            CHECK(examples == 16 * count + 5);
            std::ptrdiff_t left = 0;
            for (const std::string& each : texts) left += each.empty() ? 0 : 1;
            CHECK(left == nodes); // one sum for each node is passed on
            Segments{16 * count + 5, count, 0, ranks}.join_ranks(joining(texts));
            CHECK(texts.front() == tree(count));
        }
    }
}
