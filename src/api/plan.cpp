#include "api/context.hpp"
#include "api/folded.hpp"
#include "api/guard.hpp"
#include "base/check.hpp"
#include "deploy/network_plan.hpp"
#include "io/vocabulary.hpp"
#include "layers/list.hpp"
#include "net/model_options.hpp"

#include <cstdint>
#include <utility>

using namespace nib;

namespace {

constexpr auto most_outputs = static_cast<std::int64_t>(Vocabulary::max_symbols) + 1; // the end mark is one

} // namespace

nib_status nib_plan(nib_context* context, const nib_model_options* options, int32_t outputs,
                    const nib_fold_options* fold, nib_plan_info* info)
{
    return api::guard("context", context, [&] {
        const nib_model_options model = api::read_struct("options", options, initial_model_options());
        const nib_fold_options usual = api::default_fold_options();
        const FoldAs as = api::checked(fold == nullptr ? usual : api::read_struct("fold", fold, usual));
        api::check_struct("info", info);
        check_range("outputs", outputs, 2, most_outputs);
        NetworkPlan plan = plan_network(read_options(model, spec_words()), outputs, as, context->memory);
        context->plan_network = std::move(plan.network);
        context->plan_input = std::move(plan.input);
        api::write_struct("info", info,
                          {.struct_size = sizeof *info,
                           .network = context->plan_network.c_str(),
                           .input = context->plan_input.c_str(),
                           .parameters = plan.parameters,
                           .multiply_adds = plan.multiply_adds,
                           .folded_multiply_adds = plan.folded_multiply_adds,
                           .file_bytes = plan.file_bytes,
                           .workspace_bytes = plan.workspace_bytes});
    });
}
