#include "api/context.hpp"

#include "api/guard.hpp"
#include "base/check.hpp"
#include "kernels/table.hpp"

#include <algorithm>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

using namespace nib;

namespace nib::api {
namespace {

constexpr int most_threads = 1024;

// Those that the process may run on, which may be fewer than the machine has.
int cores()
{
#if !defined(_OPENMP)
    return 1;
#else
    int count = static_cast<int>(std::thread::hardware_concurrency());
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
#endif
    return std::clamp(count, 1, most_threads);
#endif
}

nib_context_options default_options()
{
    nib_context_options options{};
    options.struct_size = sizeof options;
    return options;
}

void check_options(const nib_context_options& options)
{
    check_range("threads", options.threads, 0, most_threads);
    if ((options.allocate == nullptr) != (options.deallocate == nullptr))
        throw Error(NIB_ERR_INVALID_ARGUMENT, "allocate and deallocate: expected both or neither");
    if (kernels::table() == nullptr)
        throw Error(NIB_ERR_UNSUPPORTED, "NIB_ISA names an instruction set that is not there");
}

} // namespace

void* HookMemory::do_allocate(std::size_t size, std::size_t alignment)
{
    void* memory = allocate_(user_, size, alignment);
    if (memory == nullptr) throw std::bad_alloc();
    if (reinterpret_cast<std::uintptr_t>(memory) % alignment == 0) return memory;
    deallocate_(user_, memory, size, alignment);
    throw Error(NIB_ERR_INVALID_ARGUMENT, "allocate gave memory that is no multiple of %zu", alignment);
}

void HookMemory::do_deallocate(void* memory, std::size_t size, std::size_t alignment)
{
    deallocate_(user_, memory, size, alignment);
}

} // namespace nib::api

nib_context::nib_context(const nib_context_options& options)
    : hooks(options),
      memory(options.allocate != nullptr ? static_cast<Memory*>(&hooks) : std::pmr::new_delete_resource()),
      threads(options.threads != 0 ? options.threads : api::cores())
{
}

nib_status nib_context_options_default(nib_context_options* options)
{
    return api::guard(nullptr, [&] {
        api::check_struct("options", options);
        *options = api::default_options();
    });
}

nib_status nib_context_create(const nib_context_options* options, nib_context** context)
{
    return api::guard(nullptr, [&] {
        api::check_pointer("context", context);
        if (options != nullptr) api::check_struct("options", options);
        const nib_context_options used = options != nullptr ? *options : api::default_options();
        api::check_options(used);
        *context = new nib_context(used);
    });
}

void nib_context_destroy(nib_context* context) { delete context; }

const char* nib_context_message(const nib_context* context) { return context != nullptr ? context->message : ""; }

int32_t nib_context_threads(const nib_context* context) { return context != nullptr ? context->threads : 0; }

const char* nib_context_isa(const nib_context* context) { return context != nullptr ? kernels::table()->isa : ""; }
