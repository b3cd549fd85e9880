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

constexpr auto most_symbols = static_cast<std::int64_t>(Vocabulary::max_symbols) + 1; // with the end mark
constexpr std::int64_t most_learned = 65536;                                          // classes or numbers of a table

void check_outputs(std::int32_t outputs, const ModelSpec& spec)
{
    const bool is_text = spec.input.kind->shape(spec.input.options).kind == ShapeKind::symbols;
    check_range("outputs", outputs, is_text ? 2 : 1, is_text ? most_symbols : most_learned);
}

} // namespace

nib_status nib_plan(nib_context* context, const nib_model_options* options, int32_t outputs,
                    const nib_fold_options* fold, nib_plan_info* info)
{
    return api::guard("context", context, [&] {
        const nib_model_options model = api::read_struct("options", options, initial_model_options());
        const nib_fold_options usual = api::default_fold_options();
        const FoldAs as = api::checked(fold == nullptr ? usual : api::read_struct("fold", fold, usual));
        api::check_struct("info", info);
        ModelSpec spec = read_options(model, spec_words());
        check_outputs(outputs, spec);
        NetworkPlan plan = plan_network(std::move(spec), outputs, as, context->memory);
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
