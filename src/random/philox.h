/* A counter-based generator: its words depend only on key and counter. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void nib_internal_philox4x32(uint64_t key, const uint32_t counter[4], uint32_t words[4]);

#ifdef __cplusplus
}
#endif
