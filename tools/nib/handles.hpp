// The library's handles with owners, and its statuses as Failures.
#pragma once

#include "nib/nib.h"

#include <cstdint>
#include <memory>
#include <string>

namespace nib::cli {

template <auto destroy>
struct Destroy {
    template <class Handle>
    void operator()(Handle* handle) const noexcept
    {
        destroy(handle);
    }
};

using Dataset = std::unique_ptr<nib_dataset, Destroy<nib_dataset_destroy>>;
using Model = std::unique_ptr<nib_model, Destroy<nib_model_destroy>>;
using Trainer = std::unique_ptr<nib_trainer, Destroy<nib_trainer_destroy>>;
using Folded = std::unique_ptr<nib_folded, Destroy<nib_folded_destroy>>;
using Sampler = std::unique_ptr<nib_sampler, Destroy<nib_sampler_destroy>>;

// A struct of the ABI that knows its size, as every call wants it.
template <class Struct>
Struct sized()
{
    Struct s{};
    s.struct_size = sizeof s;
    return s;
}

class Context {
public:
    // threads: 0 for every core that the process may use.
    explicit Context(std::int32_t threads);

    nib_context* get() const noexcept { return context_.get(); }

    // Of the last call that failed, with the options of the command line named as one types them.
    std::string message() const;

    // Throws Failure with that message. A value out of its range was on the command line: wrong usage.
    void check(nib_status status) const;

private:
    std::unique_ptr<nib_context, Destroy<nib_context_destroy>> context_;
};

} // namespace nib::cli
