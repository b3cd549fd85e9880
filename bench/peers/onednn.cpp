#include "peers.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif
#include <dnnl.hpp>
#include <unordered_map>

namespace nib::bench {

// Uses a primitive created once for the shape. The weights stay in plain layout: in training they change with every
// step, so rearranging them would be part of the product.
Multiply onednn(const Shape& s, int threads, const float* a, const float* b, float* c)
{
#if defined(_OPENMP)
    omp_set_num_threads(threads);
#else
    (void)threads;
#endif
    using dnnl::memory;
    const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    const auto desc = [](int rows, int columns, memory::format_tag tag) {
        return memory::desc({rows, columns}, memory::data_type::f32, tag);
    };
    const memory::desc a_desc = desc(s.m, s.k, s.update ? memory::format_tag::ba : memory::format_tag::ab);
    const memory::desc b_desc = desc(s.k, s.n, memory::format_tag::ab);
    const memory::desc c_desc = desc(s.m, s.n, memory::format_tag::ab);
    dnnl::post_ops added;
    if (s.update) added.append_sum(1.0f);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(added);
#if DNNL_VERSION_MAJOR < 3
    const dnnl::matmul::primitive_desc primitive_desc(dnnl::matmul::desc(a_desc, b_desc, c_desc), attributes, engine);
#else
    const dnnl::matmul::primitive_desc primitive_desc(engine, a_desc, b_desc, c_desc, attributes);
#endif
    const std::unordered_map<int, memory> arguments{
        {DNNL_ARG_SRC, memory(a_desc, engine, const_cast<float*>(a))},
        {DNNL_ARG_WEIGHTS, memory(b_desc, engine, const_cast<float*>(b))},
        {DNNL_ARG_DST, memory(c_desc, engine, c)},
    };
    return [primitive = dnnl::matmul(primitive_desc), arguments, stream = dnnl::stream(engine)]() mutable {
        primitive.execute(stream, arguments);
        stream.wait();
    };
}

} // namespace nib::bench
