#include "api/context.hpp"

#include "api/guard.hpp"
#include "base/check.hpp"
#include "base/cores.hpp"
#include "base/heap.hpp"
#include "base/parallel.hpp"
#include "kernels/table.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>

using namespace nib;

namespace nib::api {
namespace {

constexpr int most_threads = 1024;

int default_threads()
{
#if defined(_OPENMP)
    return std::min(usable_cores(), most_threads);
#else
    return 1;
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
      memory(options.allocate != nullptr ? static_cast<Memory*>(&hooks) : process_heap()),
      threads(options.threads != 0 ? options.threads : api::default_threads()),
      may_use_fewer(options.threads == 0)
{
}

nib_status nib_context_options_default(nib_context_options* options)
{
    return api::guard(nullptr, [&] { api::write_struct("options", options, api::default_options()); });
}

nib_status nib_context_create(const nib_context_options* options, nib_context** context)
{
    return api::guard(nullptr, [&] {
        api::check_pointer("context", context);
        const nib_context_options used = api::used_options(options, api::default_options());
        api::check_options(used);
        auto made = std::make_unique<nib_context>(used);
        if (made->threads > 1) prepare_for_fork();
        *context = made.release();
    });
}

void nib_context_destroy(nib_context* context) { delete context; }

const char* nib_context_message(const nib_context* context) { return context != nullptr ? context->message : ""; }

int32_t nib_context_threads(const nib_context* context) { return context != nullptr ? context->threads : 0; }

const char* nib_context_isa(const nib_context* context) { return context != nullptr ? kernels::table()->isa : ""; }
