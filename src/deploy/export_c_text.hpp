// The parts of an exported C file that only a model of text has; export_c_common.hpp has the others.
#pragma once

namespace nib::c_text::of_text {

inline constexpr char head[] = R"(/*
 * A character-level language model, written by nib $[version]. C99 or C++; includes float, math, stddef and stdint.
 * Its network, of $[context] symbols of $[vocabulary]$[told]:$[network]
 *
 *   $p_logits         context to logits: natural logarithms of the probabilities, up to a constant common to all
 *   $p_probabilities  the probabilities of all symbols to follow a context
 *   $p_argmax         the symbol that is most likely to follow it
 *   $p_next           draws the symbol that follows a context, and moves the context on
 *   $p_symbol         the text of a symbol
 *
 * A context holds the ids of the last $[context] symbols of an item, oldest first, and 0 before its beginning. Ids run
 * from 0 to $[last]; 0 is also the end mark. They are not checked. The functions keep no state; any number of threads or
 * interrupt handlers may call them, each with scratch memory of its own, whose contents mean nothing between two calls.
 *
 * Flash  $[constants] bytes of constants, $P_FLASH_BYTES, and the code: 2 to 4 KB on a Cortex-M. A linker that drops
 *        functions which nobody calls (-ffunction-sections, --gc-sections) keeps no more of them than are used.
 * RAM    $[scratch_bytes] bytes of scratch and $[context_bytes] of context, the caller's. No static variables, no heap.
 * Stack  512 bytes at most.
 * Time   $[multiply_adds] multiply-adds $[arithmetic] for the logits of a symbol; drawing it takes
 *        $[vocabulary] logarithms in double precision.
 *
 * Where the processor has fused multiply-add and the compiler makes none by itself (-std=c99 or -ffp-contract=off), the
 * logits have the same bits as nib's own; elsewhere they differ in the last digits$[elsewhere]. No flags
 * cost more, -ffast-math, -Ofast and -mfpmath=387 included, but those for quotients that are estimates, as clang's
 * -mrecip=all:0: some 1e-4 of a logit.
 *
 * With NIB_EXPORT_MAIN it is a program: arguments count (default 20) and seed (default 42); it prints items as
 * nib sample does with -n and --seed. Exit status 0, 1 where putchar fails, 2 for wrong arguments. It needs
 * putchar, and $[main_bytes] bytes of static variables, 2504 of them the Mersenne Twister's.
 *
 * Another source file gets the declarations alone by #define $P_DECLARATIONS before it includes this one.
 */
#ifndef $P_MODEL
#define $P_MODEL

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define $P_CONTEXT $[context]
#define $P_VOCABULARY $[vocabulary]
#define $P_SCRATCH $[scratch] /* floats */
#define $P_FLASH_BYTES $[constants] /* of constants */
#define $P_RAM_BYTES $[ram] /* of scratch and a context */

#ifdef __cplusplus
extern "C" {
#endif

/* context [$P_CONTEXT], logits [$P_VOCABULARY], scratch [$P_SCRATCH]. */
void $p_logits(const int32_t *context, float *logits, float *scratch);

/* probabilities [$P_VOCABULARY]; their sum is 1 up to rounding. */
void $p_probabilities(const int32_t *context, float *probabilities, float *scratch);

/* The id of the most likely symbol, the first where two are as likely; 0 is the end mark. */
int32_t $p_argmax(const int32_t *context, float *scratch);

/* The id of a symbol drawn by its probability, which is also put at the end of the context; its first id falls out.
 * temperature: > 0, logits are divided by it. uniform(user) gives a multiple of 2^-53 in [0, 1), and is called
 * $P_VOCABULARY times. After the end mark a new item begins with a context of zeros. */
int32_t $p_next(int32_t *context, float temperature, double (*uniform)(void *user), void *user, float *scratch);

/* Writes the bytes of a symbol, $[encoding]; returns how many, 1 to 4, or 0 for the end mark. */
size_t $p_symbol(int32_t id, char text[4]);

#ifdef __cplusplus
}
#endif

)";

inline constexpr char symbols[] = R"(
#if DBL_MANT_DIG != 53 || DBL_MAX_EXP != 1024
#error "this model needs double to be the 64 bits of IEEE 754: -mdouble=64, -m64bit-doubles or the like"
#endif
#if defined(__FLOAT_WORD_ORDER__) && __FLOAT_WORD_ORDER__ != __BYTE_ORDER__
#error "this model needs the bytes of double in the order of those of uint64_t"
#endif

/* By symbol: its bytes, filled up with 0. */
)";

inline constexpr char forward_head[] = R"(
/* The logits, somewhere in scratch. */
static float *$p_forward(const int32_t *context, float *scratch)
{)";

inline constexpr char rest[] = R"(
    return $[logits];
}

/* log of a normal number, within 1 unit in the last place: v = 2^e (1 + f), log(1 + f) = 2 artanh(f / (2 + f)). */
static double $p_log(double v)
{
    static const double terms[] = {(double)2 / 21, (double)2 / 19, (double)2 / 17, (double)2 / 15, (double)2 / 13,
                                   (double)2 / 11, (double)2 / 9,  (double)2 / 7,  (double)2 / 5,  (double)2 / 3};
    const double ln2 = (double)0x162e42feeu / 8589934592.0;                           /* / 2^33 */
    const double ln2_rest = (double)0x1a39ef35793c76u / 38685626227668133590597632.0; /* / 2^85 */
    const uint64_t sqrt_half = 0x3fe6a09e667f3bcdu;
    union {
        double d;
        uint64_t u;
    } bits;
    double e, f, s, z, square, series = (double)2 / 23;
    size_t i;
    bits.d = v;
    bits.u -= sqrt_half;
    e = (double)(int32_t)(bits.u >> 52);
    if (e >= 2048.0) e -= 4096.0;
    bits.u = (bits.u & 0x000fffffffffffffu) + sqrt_half;
    f = bits.d - 1.0;
    s = f / (2.0 + f);
    z = s * s;
    for (i = 0; i < 10; ++i) series = series * z + terms[i];
    square = 0.5 * f * f;
    return e * ln2 - ((square - (s * (square + series * z) + e * ln2_rest)) - f);
}

void $p_logits(const int32_t *context, float *logits, float *scratch)
{
    const float *from = $p_forward(context, scratch);
    size_t i;
    for (i = 0; i < $P_VOCABULARY; ++i) logits[i] = from[i];
}

void $p_probabilities(const int32_t *context, float *probabilities, float *scratch)
{
    $p_softmax($p_forward(context, scratch), $P_VOCABULARY, probabilities);
}

int32_t $p_argmax(const int32_t *context, float *scratch)
{
    return $p_greatest($p_forward(context, scratch), $P_VOCABULARY);
}

/* A race of exponential variables: the largest p / q comes first with the probability p / sum(p). 1e-37 stands for a q
 * of 0, so that no quotient is 0 / 0; the others are above 1e-16. In a sum, fast-math may round it away. */
int32_t $p_next(int32_t *context, float temperature, double (*uniform)(void *user), void *user, float *scratch)
{
    const float largest = 3.40282347e+38f;
    const float factor = temperature > 1.0f / largest ? (float)(1.0 / (double)temperature) : largest;
    const float *logits = $p_forward(context, scratch);
    float greatest = logits[0], best = 0.0f;
    size_t i, winner = 0;
    for (i = 1; i < $P_VOCABULARY; ++i) greatest = logits[i] > greatest ? logits[i] : greatest;
    for (i = 0; i < $P_VOCABULARY; ++i) {
        const float drawn = (float)-$p_log(1.0 - uniform(user)), q = drawn > 1e-37f ? drawn : 1e-37f;
        const float ratio = $p_exp((logits[i] - greatest) * factor) / q;
        if (ratio > best) {
            best = ratio;
            winner = i;
        }
    }
    for (i = 1; i < $P_CONTEXT; ++i) context[i - 1] = context[i];
    context[$P_CONTEXT - 1] = (int32_t)winner;
    return (int32_t)winner;
}

size_t $p_symbol(int32_t id, char text[4])
{
    const unsigned char *bytes = $p_symbols[id];
    size_t i;
    for (i = 0; i < 4; ++i) text[i] = (char)bytes[i];
    return $[symbol_size];
}

#ifdef NIB_EXPORT_MAIN

#ifdef __cplusplus
extern "C"
#endif
int putchar(int c); /* stdio's, or the board's own */

/* The Mersenne Twister MT19937 of Matsumoto and Nishimura. */
static uint32_t $p_words[624];
static size_t $p_position;

static void $p_seed(uint32_t seed)
{
    size_t i;
    $p_words[0] = seed;
    for (i = 1; i < 624; ++i) {
        const uint32_t before = $p_words[i - 1];
        $p_words[i] = 1812433253u * (before ^ (before >> 30)) + (uint32_t)i;
    }
    $p_position = 624;
}

static uint32_t $p_word(void)
{
    uint32_t word;
    if ($p_position == 624) {
        size_t i;
        for (i = 0; i < 624; ++i) {
            const uint32_t joined = ($p_words[i] & 0x80000000u) | ($p_words[(i + 1) % 624] & 0x7fffffffu);
            $p_words[i] = $p_words[(i + 397) % 624] ^ (joined >> 1) ^ ((joined & 1u) != 0 ? 0x9908b0dfu : 0u);
        }
        $p_position = 0;
    }
    word = $p_words[$p_position++];
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c5680u;
    word ^= (word << 15) & 0xefc60000u;
    return word ^ (word >> 18);
}

static double $p_uniform(void *user)
{
    const uint64_t high = $p_word(), low = $p_word();
    (void)user;
    return (double)(((high << 32) | low) & 0x001fffffffffffffu) * (1.0 / 9007199254740992.0);
}

/* False for anything but a number of digits up to 2^32 - 1. */
static int $p_number(const char *text, uint32_t *number)
{
    uint64_t value = 0;
    if (*text == '\0') return 0;
    for (; *text != '\0'; ++text) {
        if (*text < '0' || *text > '9') return 0;
        value = value * 10u + (uint64_t)(*text - '0');
        if (value > 0xffffffffu) return 0;
    }
    *number = (uint32_t)value;
    return 1;
}

/* An item of at most 4096 symbols, and the end of the line. False where it cannot be written. */
static int $p_print_item(void)
{
    static float scratch[$P_SCRATCH];
    static int32_t context[$P_CONTEXT];
    size_t i, symbols;
    for (i = 0; i < $P_CONTEXT; ++i) context[i] = 0;
    for (symbols = 0; symbols < 4096; ++symbols) {
        char text[4];
        const int32_t id = $p_next(context, 1.0f, $p_uniform, NULL, scratch);
        const size_t size = $p_symbol(id, text);
        if (id == 0) break;
        for (i = 0; i < size; ++i) {
            if (putchar((unsigned char)text[i]) < 0) return 0;
        }
    }
    return putchar('\n') >= 0;
}

int main(int argc, char **argv)
{
    uint32_t count = 20, seed = 42;
    if (argc > 3 || (argc > 1 && !$p_number(argv[1], &count)) || (argc > 2 && !$p_number(argv[2], &seed))) return 2;
    $p_seed(seed);
    for (; count > 0; --count) {
        if (!$p_print_item()) return 1;
    }
    return 0;
}

#endif /* NIB_EXPORT_MAIN */
#endif /* $P_DECLARATIONS */
#endif /* $P_MODEL */
)";

} // namespace nib::c_text::of_text
