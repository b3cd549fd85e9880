#include "handles.hpp"

#include "failure.hpp"
#include "option_names.hpp"

#include <cstdlib>
#include <string>

namespace nib::cli {

Context::Context(std::int32_t threads)
{
    auto options = sized<nib_context_options>();
    nib_context_options_default(&options);
    options.threads = threads;
    nib_context* context = nullptr;
    const nib_status status = nib_context_create(&options, &context);
    context_.reset(context);
    if (status == NIB_OK) return;
    const char* isa = std::getenv("NIB_ISA");
    if (status == NIB_ERR_UNSUPPORTED && isa != nullptr)
        throw Failure(std::string("NIB_ISA is ") + isa + ": this processor or this build does not have it");
    throw Failure(nib_status_string(status));
}

std::string Context::message() const { return as_typed(nib_context_message(get())); }

void Context::check(nib_status status) const
{
    if (status == NIB_OK) return;
    throw Failure(message(), status == NIB_ERR_INVALID_ARGUMENT ? exit_usage : exit_failed);
}

} // namespace nib::cli
