// The subjects to measure: each function registers one subject's benchmarks, either the short set or all of them.
#pragma once

namespace nib::bench {

void add_peak();
void add_bandwidth();
void add_core_distance();
void add_gemm(bool all);
void add_sgemm(bool all);
void add_convolution(bool all);
void add_elementwise();
void add_train_step(bool all);
void add_step_losses();
void add_infer();
void add_infer_planes(bool all);
void add_one_answer();

} // namespace nib::bench
