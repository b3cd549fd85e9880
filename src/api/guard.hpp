// What every function of the C ABI begins and ends with: the checks that all share, and exceptions into statuses.
#pragma once

#include "base/error.hpp"
#include "nib/nib.h"

namespace nib::api {

// The status of the exception being handled; its sentence is kept in context, if there is one.
nib_status caught(nib_context* context) noexcept;

// Runs body, which throws where it cannot do its work.
template <class Body>
nib_status guard(nib_context* context, Body&& body) noexcept
{
    try {
        body();
        return NIB_OK;
    } catch (...) {
        return caught(context);
    }
}

inline void check_pointer(const char* name, const void* pointer)
{
    if (pointer == nullptr) throw Error(NIB_ERR_INVALID_ARGUMENT, "%s is NULL", name);
}

inline nib_context* context_of(nib_context* context) { return context; }

template <class Handle>
nib_context* context_of(const Handle* handle)
{
    return handle->context;
}

// For what is asked of a handle: body runs if there is one, and a message goes to its context.
template <class Handle, class Body>
nib_status guard(const char* name, Handle* handle, Body&& body) noexcept
{
    return guard(handle != nullptr ? context_of(handle) : nullptr, [&] {
        check_pointer(name, handle);
        body();
    });
}

// There has been one version of every public struct so far. When one grows, this accepts its older sizes too, and what
// reads or writes the struct stops at struct_size. A new field must make the struct larger: one that fills the padding
// at the end could not be told from the older struct.
template <class Struct>
void check_struct(const char* name, const Struct* given)
{
    check_pointer(name, given);
    if (given->struct_size != sizeof(Struct))
        throw Error(NIB_ERR_INVALID_ARGUMENT, "%s->struct_size is %zu: expected %zu", name, given->struct_size,
                    sizeof(Struct));
}

// What a function works with that takes NULL for the defaults.
template <class Options>
Options used_options(const Options* options, const Options& defaults)
{
    if (options == nullptr) return defaults;
    check_struct("options", options);
    return *options;
}

} // namespace nib::api
