// The object behind a nib_context: memory, threads and the last message.
#pragma once

#include "base/buffer.hpp"
#include "nib/nib.h"

#include <cstddef>
#include <string>

namespace nib::api {

// The caller's allocator hooks as a memory resource.
class HookMemory final : public Memory {
public:
    explicit HookMemory(const nib_context_options& options)
        : allocate_(options.allocate), deallocate_(options.deallocate), user_(options.user)
    {
    }

private:
    void* do_allocate(std::size_t size, std::size_t alignment) override;
    void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override;
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

    void* (*allocate_)(void*, std::size_t, std::size_t);
    void (*deallocate_)(void*, void*, std::size_t, std::size_t);
    void* user_;
};

} // namespace nib::api

struct nib_context {
    explicit nib_context(const nib_context_options& options);

    nib::api::HookMemory hooks;
    nib::Memory* memory; // the hooks, or the heap
    int threads;
    bool may_use_fewer;           // than threads: the caller set no number
    nib::Buffer<float> workspace; // of the kernels on plain arrays, kept from call to call
    char message[512] = "";
    std::string network, input, loss;     // of the last checkpoint read
    std::string plan_network, plan_input; // of the last plan
};
