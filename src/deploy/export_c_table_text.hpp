// The parts of an exported C file that only a model of a table has; export_c_common.hpp has the others.
#pragma once

namespace nib::c_text::of_table {

inline constexpr char head[] = R"(/*
 * A model of a table, written by nib $[version]. C99 or C++; includes float, math, stddef and stdint.
 * Its network, of rows of $[features] numbers$[told]:$[network]
 *
$[functions]
 *
 * A row has these numbers, in the units of the data:$[columns]
 * $[answers]
 *
 * A row with a NaN gives $[nan]. The functions keep no state; any number of threads or interrupt handlers may call
 * them, each with scratch memory of its own, whose contents mean nothing between two calls.
 *
 * Flash  $[constants] bytes of constants, $P_FLASH_BYTES$[names_apart], and the code: 1 to 3 KB on a Cortex-M. A linker
 *        that drops functions which nobody calls (-ffunction-sections, --gc-sections) keeps no more of them than are used.
 * RAM    $[scratch_bytes] bytes of scratch and $[row_bytes] of a row, the caller's. No static variables, no heap.
 * Stack  512 bytes at most.
 * Time   $[multiply_adds] multiply-adds $[arithmetic].
 *
 * Where the processor has fused multiply-add and the compiler makes none by itself (-std=c99 or -ffp-contract=off), the
 * numbers have the same bits as nib's own; elsewhere they differ in the last digits$[elsewhere]. No flags
 * cost more, -ffast-math, -Ofast and -mfpmath=387 included, but those for quotients that are estimates, as clang's
 * -mrecip=all:0.
 *
 * Another source file gets the declarations alone by #define $P_DECLARATIONS before it includes this one.
 */
#ifndef $P_MODEL
#define $P_MODEL

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define $P_FEATURES $[features]
#define $P_PREDICTIONS $[predictions]
#define $P_SCRATCH $[scratch] /* floats */
#define $P_FLASH_BYTES $[constants] /* of constants */
#define $P_RAM_BYTES $[ram] /* of scratch and a row */
$[enumerations]
#ifdef __cplusplus
extern "C" {
#endif

/* row [$P_FEATURES], scratch [$P_SCRATCH]; y [$P_PREDICTIONS]: $[predicted]. */
void $p_predict(const float *row, float *y, float *scratch);
)";

inline constexpr char class_declarations[] = R"(
/* The class that is most likely, the first where two are as likely. No exponential is computed. */
int32_t $p_classify(const float *row, float *scratch);

/* A class as it was written in the data, UTF-8. id: 0 to $[last]. */
const char *$p_class_name(int32_t id);
)";

inline constexpr char end_of_declarations[] = R"(
#ifdef __cplusplus
}
#endif

)";

inline constexpr char forward_head[] = R"(
/* Whether a row has a NaN, by its bits: under -ffast-math a comparison would not say. */
static int $p_has_nan(const float *row)
{
    size_t i;
    for (i = 0; i < $P_FEATURES; ++i) {
        $p_bits v;
        v.f = row[i];
        if ((v.u & 0x7fffffffu) > 0x7f800000u) return 1;
    }
    return 0;
}

/* The outputs, somewhere in scratch. */
static float *$p_forward(const float *row, float *scratch)
{
    $[load])";

inline constexpr char end_of_forward[] = R"(
    return $[outputs];
}

void $p_predict(const float *row, float *y, float *scratch)
{
    if ($p_has_nan(row)) {
        size_t i;
        $p_bits nan;
        nan.u = 0x7fc00000u;
        for (i = 0; i < $P_PREDICTIONS; ++i) y[i] = nan.f;
        return;
    }
)";

// The end of $p_predict.
inline constexpr char numbers[] = R"(    $p_copy($p_forward(row, scratch), $P_PREDICTIONS, y);
}
)";
inline constexpr char probabilities[] = R"(    $p_softmax($p_forward(row, scratch), $P_PREDICTIONS, y);
}

int32_t $p_classify(const float *row, float *scratch)
{
    return $p_has_nan(row) ? 0 : $p_greatest($p_forward(row, scratch), $P_PREDICTIONS);
}
)";
inline constexpr char two_probabilities[] = R"(    {
        /* e = exp(-|z|) is at most 1, and the smaller probability e / (1 + e). */
        const float z = $p_forward(row, scratch)[0], e = $p_exp(z < 0.0f ? z : -z);
        y[z < 0.0f ? 1 : 0] = e / (1.0f + e);
        y[z < 0.0f ? 0 : 1] = 1.0f / (1.0f + e);
    }
}

int32_t $p_classify(const float *row, float *scratch)
{
    return !$p_has_nan(row) && $p_forward(row, scratch)[0] > 0.0f ? 1 : 0;
}
)";

inline constexpr char class_name[] = R"(
const char *$p_class_name(int32_t id)
{
    static const char *const names[] = {$[class_names]
    };
    return names[id];
}
)";

inline constexpr char end[] = R"(
#endif /* $P_DECLARATIONS */
#endif /* $P_MODEL */
)";

} // namespace nib::c_text::of_table
