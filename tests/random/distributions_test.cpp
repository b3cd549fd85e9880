// PyTorch 1.13 (CPU, one thread) or Python 3.11 printed every expected value.
#include "random/distributions.hpp"
#include "random/multinomial.hpp"

#include "catch.hpp"

#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

using nib::Generator;

namespace {

// The next word of the stream, mod 2^31: torch.randint(0, 1 << 31, (1,)).
std::uint32_t next_word(Generator& generator)
{
    std::uint32_t word;
    nib::randint(generator, 1u << 31, {&word, 1});
    return word;
}

double difference(float a, double b) { return std::abs(static_cast<double>(a) - b); }

struct Normals {
    std::uint32_t seed;
    std::size_t count;
    double first, middle, last; // at 0, count / 2, count - 1
    double weighted_sum;        // of (i + 1) * value[i], over count
    std::uint32_t next;
};

} // namespace

TEST_CASE("randn is PyTorch's")
{
    const Normals expected[] = {
        {2147483647u, 1, -0.980007350, -0.980007350, -0.980007350, -0.9800074, 370616153u},
        {2147483647u, 2, -0.980007350, -1.657847881, -1.657847881, -2.1478516, 370616153u},
        {2147483647u, 15, -0.980007350, -0.208697125, 1.182232499, 0.0015454, 1331656898u},
        {2147483647u, 16, 1.567361951, 0.079136200, 2.933367252, 3.9426201, 1924437024u},
        {2147483647u, 17, 1.567361951, -2.192111254, 2.249707699, 2.3838124, 378947021u},
        {2147483647u, 31, 1.567361951, -0.537442088, 0.596409380, -1.9834570, 1242476331u},
        {2147483647u, 32, 1.567361951, 1.561784267, 0.727617800, 3.8974907, 1331656898u},
        {2147483647u, 270, 1.567361951, 0.472360343, 0.384485275, -2.7812344, 1368719592u},
        {2147483647u, 6000, 1.567361951, 0.262492031, -0.011763976, -2.3840831, 380626856u},
        {42u, 1, 0.336690366, 0.336690366, 0.336690366, 0.3366904, 996406378u},
        {42u, 2, 0.336690366, 0.128809407, 0.128809407, 0.2971546, 996406378u},
        {42u, 15, 0.336690366, -0.637997031, -0.988959908, 0.2804708, 1306710475u},
        {42u, 16, 1.926915288, -0.752135277, 0.762445390, -2.8776818, 434285667u},
        {42u, 17, 1.926915288, 0.355859905, -0.309726775, 3.8114661, 479546681u},
        {42u, 31, 1.926915288, -0.216804728, -1.234653115, -3.9896507, 999745294u},
        {42u, 32, 1.926915288, 1.642316937, 0.859858513, 5.5841616, 1306710475u},
        {42u, 270, 1.926915288, 0.576004565, 1.156563163, 7.5275367, 1292262512u},
        {42u, 6000, 1.926915288, -0.882921994, 0.002341952, 34.7734627, 741753714u},
    };
    for (const Normals& normals : expected) {
        Generator generator(normals.seed);
        std::vector<float> values(normals.count);
        nib::randn(generator, values);
        double weighted_sum = 0.0;
        for (std::size_t i = 0; i < values.size(); ++i) weighted_sum += static_cast<double>(i + 1) * values[i];
        weighted_sum /= static_cast<double>(values.size());
        INFO("seed " << normals.seed << ", " << normals.count << " numbers");
        CHECK(difference(values.front(), normals.first) < 1e-6);
        CHECK(difference(values[normals.count / 2], normals.middle) < 1e-6);
        CHECK(difference(values.back(), normals.last) < 1e-6);
        CHECK(std::abs(weighted_sum - normals.weighted_sum) < 1e-5);
        CHECK(next_word(generator) == normals.next);
    }
}

TEST_CASE("randn gives the same bits everywhere")
{
    // FNV-1a over the bytes of the floats, least significant first.
    const auto hash = [](std::size_t count) {
        Generator generator(2147483647);
        std::vector<float> values(count);
        nib::randn(generator, values);
        std::uint64_t result = 14695981039346656037u;
        for (const float value : values) {
            const auto bits = std::bit_cast<std::uint32_t>(value);
            for (int shift = 0; shift < 32; shift += 8) result = (result ^ ((bits >> shift) & 0xffu)) * 1099511628211u;
        }
        return result;
    };
    CHECK(hash(15) == 0x82c8a70732e5da31u);
    CHECK(hash(6000) == 0x9d1bb740771c58d8u);
}

TEST_CASE("randn keeps the second number of a pair across calls")
{
    Generator generator(42);
    float three[3];
    nib::randn(generator, three);
    CHECK(difference(three[2], 0.23446236550807953) < 1e-6);
    CHECK(generator.has_kept_normal);

    // A call in blocks neither uses nor drops the kept number.
    float sixteen[16];
    nib::randn(generator, sixteen);
    CHECK(difference(sixteen[0], 1.7877893447875977) < 1e-6);
    CHECK(difference(sixteen[15], -0.9228288531303406) < 1e-6);

    float two[2];
    nib::randn(generator, two);
    CHECK(difference(two[0], 0.23033303022384644) < 1e-6);
    CHECK(difference(two[1], 1.110290288925171) < 1e-6);

    const Generator copy = generator;
    for (Generator each : {generator, copy}) {
        float one;
        nib::randn(each, {&one, 1});
        CHECK(difference(one, -1.6897989511489868) < 1e-6);
        CHECK(next_word(each) == 780932287u);
    }
}

TEST_CASE("randn of nothing draws nothing")
{
    Generator generator(42);
    nib::randn(generator, {});
    CHECK(generator.words.state().position == nib::Mt19937::state_size);
}

TEST_CASE("uniform is PyTorch's")
{
    Generator generator(2147483647);
    float values[5];
    nib::uniform(generator, values);
    const float expected[] = {0.70812887f, 0.354239106f, 0.105432332f, 0.599644423f, 0.0904441476f};
    for (int i = 0; i < 5; ++i) CHECK(values[i] == expected[i]);
}

TEST_CASE("randint is PyTorch's")
{
    Generator generator(2147483647);
    std::vector<std::uint32_t> values(32);
    nib::randint(generator, 182625, values);
    const std::vector<std::uint32_t> expected = {138156, 41144,  63274,  75447, 70028,  82980,  61784,  130741,
                                                 108672, 74782,  143711, 31900, 70001,  90898,  148306, 171754,
                                                 117399, 170119, 24723,  57555, 6998,   66506,  56946,  21575,
                                                 38719,  52006,  180835, 72880, 151772, 163117, 14357,  154436};
    CHECK(values == expected);

    values.resize(8);
    nib::randint(generator, 7, values);
    CHECK(values == std::vector<std::uint32_t>{5, 5, 3, 5, 3, 6, 0, 0});
}

TEST_CASE("multinomial is PyTorch's")
{
    struct Draws {
        std::uint32_t seed;
        std::vector<std::size_t> rising, holes; // 24 of 27 classes of p ~ 1..27, then 24 of {0, .5, 0, .25, .25}
        std::uint32_t next;
    };
    const Draws expected[] = {
        {2147483657u,
         {3, 22, 18, 16, 26, 8, 24, 17, 20, 21, 25, 8, 17, 22, 21, 6, 11, 23, 13, 18, 16, 24, 17, 20},
         {1, 3, 3, 1, 1, 1, 3, 4, 3, 4, 3, 4, 4, 1, 1, 4, 1, 3, 4, 4, 3, 3, 3, 1},
         983516484u},
        {1u,
         {14, 24, 26, 15, 25, 25, 7, 12, 12, 13, 22, 16, 6, 22, 4, 14, 17, 10, 24, 18, 15, 18, 19, 26},
         {3, 3, 4, 1, 1, 1, 3, 3, 1, 1, 1, 3, 1, 3, 1, 3, 3, 1, 1, 1, 3, 3, 3, 4},
         1265204413u}};
    std::vector<float> rising(27);
    for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<float>(i + 1) / 378.0f;
    const std::vector<float> holes = {0.0f, 0.5f, 0.0f, 0.25f, 0.25f};
    const auto draw = [](Generator& generator, const std::vector<float>& p) {
        std::vector<std::size_t> drawn(24);
        for (std::size_t& index : drawn) index = nib::multinomial(generator.words, p);
        return drawn;
    };
    for (const Draws& draws : expected) {
        Generator generator(draws.seed);
        INFO("seed " << draws.seed);
        CHECK(draw(generator, rising) == draws.rising);
        CHECK(draw(generator, holes) == draws.holes);
        CHECK(next_word(generator) == draws.next);
    }
}

TEST_CASE("shuffle is Python's")
{
    const auto shuffled = [](std::uint32_t seed, std::size_t count) {
        std::vector<std::uint32_t> values(count);
        std::iota(values.begin(), values.end(), 0u);
        nib::shuffle(seed, values);
        return values;
    };
    using Values = std::vector<std::uint32_t>;
    CHECK(shuffled(42, 10) == Values{7, 3, 2, 8, 5, 6, 9, 4, 0, 1});
    CHECK(shuffled(0, 10) == Values{7, 8, 1, 5, 3, 4, 2, 0, 9, 6});
    CHECK(shuffled(4294967295, 10) == Values{0, 7, 1, 5, 2, 6, 4, 8, 3, 9});
    CHECK(shuffled(42, 0).empty());
    CHECK(shuffled(42, 1) == Values{0});

    const Values many = shuffled(42, 32033);
    CHECK(Values(many.begin(), many.begin() + 5) == Values{26785, 23366, 20900, 29382, 25333});
    CHECK(Values(many.end() - 5, many.end()) == Values{9012, 24299, 819, 3648, 20952});
    std::uint32_t hash = 0;
    for (const std::uint32_t value : many) hash = hash * 31 + value;
    CHECK(hash == 0x7e4812bau);
}
