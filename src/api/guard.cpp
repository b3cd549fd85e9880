#include "api/guard.hpp"

#include "api/context.hpp"
#include "io/visible.hpp"

#include <exception>
#include <new>

namespace nib::api {
namespace {

// Every message passes here, as it may hold names and values of an untrusted file.
nib_status report(nib_context* context, nib_status status, const char* message) noexcept
{
    if (context != nullptr) make_visible(message, context->message, sizeof context->message);
    return status;
}

} // namespace

// Not an exception, since throwing takes some KB of stack itself.
nib_status no_stack(nib_context* context) noexcept
{
    return report(context, NIB_ERR_NO_MEMORY, "the calling thread has too little stack left: see the rules in nib.h");
}

nib_status caught(nib_context* context) noexcept
{
    try {
        throw;
    } catch (const Error& error) {
        return report(context, error.status(), error.what());
    } catch (const std::bad_alloc&) {
        return report(context, NIB_ERR_NO_MEMORY, "out of memory");
    } catch (const std::exception& exception) {
        return report(context, NIB_ERR_INTERNAL, exception.what());
    } catch (...) {
        return report(context, NIB_ERR_INTERNAL, "an exception of an unknown type");
    }
}

} // namespace nib::api
