// Every function of the C ABI begins and ends with this: the checks that all functions share, nib's floating-point
// environment, and the conversion of exceptions to statuses.
#pragma once

#include "api/struct_sizes.hpp"
#include "base/buffer.hpp"
#include "base/error.hpp"
#include "base/float_environment.hpp"
#include "base/stack.hpp"
#include "nib/nib.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace nib::api {

// The status of the exception that is being handled. Its sentence is stored in context, if there is one.
nib_status caught(nib_context* context) noexcept;

// The status of a call from a thread whose stack is nearly used up.
nib_status no_stack(nib_context* context) noexcept;

// Runs body, which throws on failure.
template <class Body>
nib_status guard(nib_context* context, Body&& body) noexcept
{
    if (stack_left() < stack_needed) return no_stack(context);
    const FloatEnvironment environment;
    const DecimalEnvironment decimal;
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

// For functions of a handle: runs body if the handle is not NULL; a message goes to the handle's context.
template <class Handle, class Body>
nib_status guard(const char* name, Handle* handle, Body&& body) noexcept
{
    return guard(handle != nullptr ? context_of(handle) : nullptr, [&] {
        check_pointer(name, handle);
        body();
    });
}

template <class Struct>
void check_struct(const char* name, const Struct* given)
{
    check_pointer(name, given);
    if (is_known_size<Struct>(given->struct_size)) return;
    std::string expected;
    for (const std::size_t size : StructSizes<Struct>::list) {
        expected += (expected.empty() ? "" : " or ") + std::to_string(size);
    }
    throw Error(NIB_ERR_INVALID_ARGUMENT, "%s->struct_size is %zu: expected %s", name, given->struct_size,
                expected.c_str());
}

// Every struct that a caller passes in is read here, whatever its version; members that it lacks are taken from absent.
template <class Struct>
Struct read_struct(const char* name, const Struct* given, const Struct& absent = {})
{
    check_struct(name, given);
    return read_version(*given, absent);
}

// Every struct that a caller receives is written here; no byte past its struct_size is touched.
template <class Struct>
void write_struct(const char* name, Struct* to, const Struct& value)
{
    check_struct(name, to);
    write_version(*to, value);
}

// Copies a file that the caller has in memory to memory of the context.
inline Buffer<char> copied(const void* bytes, std::size_t size, Memory* memory)
{
    Buffer<char> copy(size, memory);
    std::copy_n(static_cast<const char*>(bytes), size, copy.begin());
    return copy;
}

// The options of a call that accepts NULL for the defaults.
template <class Options>
Options used_options(const Options* options, const Options& defaults)
{
    return options == nullptr ? defaults : read_struct("options", options, defaults);
}

} // namespace nib::api
