// Exports a model as C, compiles it and runs it.
#pragma once

#include "catch.hpp"
#include "deploy/compiled.hpp"
#include "deploy/export_c.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "deploy/sampler.hpp"
#include "folder.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <istream>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

namespace nib::test {

inline Memory* const heap = std::pmr::get_default_resource();

// C code after small.c: prints the bits of the logits of some contexts.
inline constexpr char print_logits[] = R"(
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
static void print_words(const void *data, size_t size)
{
    uint32_t words[2];
    size_t i;
    memcpy(words, data, size);
    for (i = 0; i < size / 4; ++i) printf("%" PRIx32 "\n", words[i]);
}

static void print_logits(void)
{
    static float logits[SMALL_VOCABULARY], scratch[SMALL_SCRATCH];
    int32_t context[SMALL_CONTEXT];
    uint32_t state = 1;
    int i, n;
    for (n = 0; n < 20; ++n) {
        for (i = 0; i < SMALL_CONTEXT; ++i) {
            context[i] = n == 0 ? 0 : (int32_t)((state >> 16) % SMALL_VOCABULARY);
            state = state * 1664525u + 1013904223u;
        }
        small_logits(context, logits, scratch);
        for (i = 0; i < SMALL_VOCABULARY; ++i) print_words(&logits[i], sizeof logits[i]);
    }
}
)";

// The contexts of print_logits.
inline std::vector<std::int32_t> printed_contexts(std::int32_t context_length, std::int32_t vocabulary)
{
    std::vector<std::int32_t> ids;
    std::uint32_t state = 1;
    for (std::int32_t i = 0; i < 20 * context_length; ++i) {
        const auto id = static_cast<std::int32_t>((state >> 16) % static_cast<std::uint32_t>(vocabulary));
        ids.push_back(i < context_length ? 0 : id);
        state = state * 1664525u + 1013904223u;
    }
    return ids;
}

// A model exported as small.c into its own folder.
struct Exported {
    explicit Exported(const MlpText& network, nib_weights weights = NIB_WEIGHTS_F32, Vocabulary vocabulary = letters())
        : Exported(make_model(network, std::move(vocabulary)), FoldAs{weights})
    {
    }
    Exported(const Model& model, const FoldAs& as) : folded(fold(model, heap, as), "small", heap)
    {
        export_c(folded, "small", folder / "small.c", heap);
    }

    // The largest difference in each context between the logits that print_logits printed and the engine's.
    std::vector<double> differences(std::istream& printed) const
    {
        Folded engine(copy(), "small", heap);
        const auto size = static_cast<std::size_t>(engine.vocabulary().size());
        const auto contexts =
            printed_contexts(static_cast<std::int32_t>(engine.view().inputs()), engine.vocabulary().size());
        std::vector<float> expected(20 * size);
        std::vector<double> largest(20);
        engine.logits(contexts, expected.data());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const double difference = std::fabs(double{read_words<float>(printed)} - double{expected[i]});
            REQUIRE_FALSE(std::isnan(difference));
            largest[i / size] = std::max(largest[i / size], difference);
        }
        return largest;
    }

    Buffer<char> copy() const
    {
        Buffer<char> bytes(folded.bytes().size(), heap);
        std::copy(folded.bytes().begin(), folded.bytes().end(), bytes.begin());
        return bytes;
    }

    std::string items(std::uint32_t seed, int count) const
    {
        Folded engine(copy(), "small", heap);
        Sampler sampler(engine,
                        {.struct_size = sizeof(nib_sampler_options),
                         .seed = seed,
                         .temperature = 1,
                         .start = nullptr,
                         .max_length = 4096,
                         .stream = NIB_STREAM_LECTURE,
                         .first = 0},
                        1, heap);
        std::string text;
        for (int i = 0; i < count; ++i) text.append(sampler.next()).append("\n");
        return text;
    }

    Folder folder;
    Folded folded;
};

} // namespace nib::test
