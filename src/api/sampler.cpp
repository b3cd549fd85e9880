#include "deploy/sampler.hpp"

#include "api/folded.hpp"
#include "api/guard.hpp"
#include "api/model.hpp"

#include <string_view>

using namespace nib;

struct nib_sampler {
    nib_context* context;
    Sampler sampler;
};

namespace {

nib_sampler_options default_options()
{
    return {.struct_size = sizeof(nib_sampler_options),
            .seed = 42,
            .temperature = 1.0,
            .start = nullptr,
            .max_length = 4096,
            .stream = NIB_STREAM_LECTURE,
            .first = 0};
}

} // namespace

nib_status nib_sampler_options_default(nib_sampler_options* options)
{
    return api::guard(nullptr, [&] { api::write_struct("options", options, default_options()); });
}

nib_status nib_sampler_create(nib_model* model, const nib_sampler_options* options, nib_sampler** sampler)
{
    return api::guard("model", model, [&] {
        api::check_pointer("sampler", sampler);
        *sampler =
            new nib_sampler{model->context, Sampler(model->model, api::used_options(options, default_options()))};
    });
}

nib_status nib_sampler_create_folded(nib_folded* folded, const nib_sampler_options* options, nib_sampler** sampler)
{
    return api::guard("folded", folded, [&] {
        api::check_pointer("sampler", sampler);
        *sampler =
            new nib_sampler{folded->context, Sampler(folded->folded, api::used_options(options, default_options()),
                                                     folded->context->threads, folded->context->memory)};
    });
}

void nib_sampler_destroy(nib_sampler* sampler) { delete sampler; }

nib_status nib_sampler_next(nib_sampler* sampler, const char** text, size_t* length)
{
    return api::guard("sampler", sampler, [&] {
        api::check_pointer("text", text);
        const std::string_view item = sampler->sampler.next();
        *text = item.data();
        if (length != nullptr) *length = item.size();
    });
}
