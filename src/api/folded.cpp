#include "api/folded.hpp"

#include "api/guard.hpp"
#include "api/model.hpp"
#include "base/check.hpp"
#include "deploy/fold.hpp"

#include <cstdint>

using namespace nib;

nib_status nib_fold(nib_model* model, nib_folded** folded)
{
    return api::guard("model", model, [&] {
        api::check_pointer("folded", folded);
        Memory* memory = model->context->memory;
        *folded = new nib_folded{model->context, Folded(fold(model->model, memory), "the folded model", memory)};
    });
}

void nib_folded_destroy(nib_folded* folded) { delete folded; }

nib_status nib_folded_save(const nib_folded* folded, const char* path)
{
    return api::guard("folded", folded, [&] {
        api::check_pointer("path", path);
        folded->folded.save(path);
    });
}

nib_status nib_folded_load(nib_context* context, const char* path, nib_folded** folded)
{
    return api::guard("context", context, [&] {
        api::check_pointer("path", path);
        api::check_pointer("folded", folded);
        *folded = new nib_folded{context, Folded::load(path, context->memory)};
    });
}

nib_status nib_folded_get_info(const nib_folded* folded, nib_folded_info* info)
{
    return api::guard("folded", folded, [&] {
        api::check_struct("info", info);
        const Folded& f = folded->folded;
        info->context_length = static_cast<int32_t>(f.view().context_length());
        info->vocabulary = f.vocabulary().size();
        info->encoding = f.vocabulary().encoding();
        info->file_bytes = f.bytes().size();
    });
}

nib_status nib_folded_symbol(const nib_folded* folded, int32_t id, const char** text)
{
    return api::guard("folded", folded, [&] {
        api::check_pointer("text", text);
        check_range("id", id, 0, folded->folded.vocabulary().size() - 1);
        *text = folded->folded.vocabulary().text(id).data();
    });
}

nib_status nib_folded_logits(nib_folded* folded, const int32_t* contexts, int64_t count, float* logits)
{
    return api::guard("folded", folded, [&] {
        api::check_pointer("contexts", contexts);
        api::check_pointer("logits", logits);
        check_range("count", count, 0, std::int64_t{1} << 40);
        const auto ids =
            static_cast<std::size_t>(count) * static_cast<std::size_t>(folded->folded.view().context_length());
        folded->folded.logits({contexts, ids}, logits);
    });
}
