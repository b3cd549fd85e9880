/* Philox4x32-10 of Random123 (Salmon et al. 2011). This file is C because in C++ the library's headers include
 * iostream, which libnib_infer must not need. */
#include "random/philox.h"

#include <Random123/philox.h>

void nib_internal_philox4x32(uint64_t key, const uint32_t counter[4], uint32_t words[4])
{
    const philox4x32_key_t k = {{(uint32_t)key, (uint32_t)(key >> 32)}};
    const philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
    const philox4x32_ctr_t r = philox4x32(c, k);
    int i;
    for (i = 0; i < 4; ++i) words[i] = r.v[i];
}
