#include "infer/convolve_bytes.hpp"

namespace nib::infer {

extern const Dots avx512vnni_dots;
const Dots avx512vnni_dots = {.one = dot_one<Avx512, VnniBytes>,
                              .batch = dot_batch<Avx512, VnniBytes>,
                              .convolve = convolve_bytes<Avx512, VnniBytes>};

} // namespace nib::infer
