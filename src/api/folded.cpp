#include "api/folded.hpp"

#include "api/dataset.hpp"
#include "api/guard.hpp"
#include "api/model.hpp"
#include "base/check.hpp"
#include "deploy/certificate.hpp"
#include "deploy/evaluate_folded.hpp"
#include "deploy/fold.hpp"
#include "deploy/predict_folded.hpp"
#include "deploy/probability.hpp"
#include "ops/list.hpp"

#include <cstdint>
#include <utility>

using namespace nib;

namespace nib::api {

nib_fold_options default_fold_options()
{
    return {.struct_size = sizeof(nib_fold_options),
            .weights = NIB_WEIGHTS_F32,
            .first_layer = NIB_FIRST_LAYER_SMALLEST,
            .dataset = nullptr,
            .split = NIB_SPLIT_VAL,
            .max_loss_difference = 0};
}

FoldAs checked(const nib_fold_options& options)
{
    check_enum("weights", options.weights, NIB_WEIGHTS_INT8);
    check_enum("first_layer", options.first_layer, NIB_FIRST_LAYER_TABLE);
    check_enum("split", options.split, NIB_SPLIT_TEST);
    check_not_negative("max_loss_difference", options.max_loss_difference);
    return {.weights = options.weights, .first_layer = options.first_layer};
}

} // namespace nib::api

namespace {

Buffer<char> folded_file(const nib_model& model, const nib_fold_options& options)
{
    const FoldAs as = api::checked(options);
    if (options.dataset == nullptr) return fold(model.model, model.context->memory, as);
    const double limit =
        options.max_loss_difference > 0 ? options.max_loss_difference : default_loss_limit(options.weights);
    return fold_certified(model.model, as, options.dataset->data, options.split, limit, model.context->threads,
                          model.context->memory);
}

} // namespace

nib_status nib_fold_options_default(nib_fold_options* options)
{
    return api::guard(nullptr, [&] { api::write_struct("options", options, api::default_fold_options()); });
}

nib_status nib_fold(nib_model* model, const nib_fold_options* options, nib_folded** folded)
{
    return api::guard("model", model, [&] {
        const nib_fold_options used = api::used_options(options, api::default_fold_options());
        api::check_pointer("folded", folded);
        Buffer<char> file = folded_file(*model, used);
        Memory* memory = model->context->memory;
        *folded = new nib_folded{model->context, Folded(std::move(file), "the folded model", memory)};
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

nib_status nib_folded_from_memory(nib_context* context, const void* bytes, size_t size, const char* name,
                                  nib_folded** folded)
{
    return api::guard("context", context, [&] {
        api::check_pointer("bytes", bytes);
        api::check_pointer("name", name);
        api::check_pointer("folded", folded);
        Buffer<char> file = api::copied(bytes, size, context->memory);
        *folded = new nib_folded{context, Folded(std::move(file), name, context->memory)};
    });
}

nib_status nib_folded_get_info(const nib_folded* folded, nib_folded_info* info)
{
    return api::guard("folded", folded, [&] {
        const Folded& f = folded->folded;
        nib_folded_info all{};
        const infer::Header& header = *f.view().header;
        if (header.is_of_text()) {
            all.context_length = static_cast<int32_t>(header.inputs);
            all.vocabulary = f.vocabulary().size();
            all.encoding = f.vocabulary().encoding();
        } else {
            all.columns = static_cast<int32_t>(f.schema().columns.size());
            all.features = static_cast<int32_t>(header.inputs);
            all.classes = static_cast<int32_t>(header.classes());
        }
        all.outputs = static_cast<int32_t>(predictions_of(f));
        all.weight_bits = static_cast<int32_t>(header.weight_bits);
        all.operations = static_cast<int32_t>(header.operations);
        all.file_bytes = f.bytes().size();
        const infer::FileParts parts = infer::parts_of(header);
        all.head_bytes = parts.symbols;
        all.symbol_bytes = parts.test_contexts - parts.symbols;
        all.test_bytes = parts.schema - parts.test_contexts;
        all.schema_bytes = header.schema_bytes;
        all.text_bytes = header.text_bytes;
        all.network = f.network().c_str();
        all.workspace_bytes = infer::make_plan(header, 1).bytes();
        all.multiply_adds = static_cast<int64_t>(infer::multiply_adds(header));
        all.certificate_examples = static_cast<int64_t>(header.certificate_examples);
        all.loss_before = header.loss_before;
        all.loss_after = header.loss_after;
        all.largest_logit_difference = header.largest_logit_difference;
        all.equal_argmax = header.equal_argmax;
        api::write_struct("info", info, all);
    });
}

nib_status nib_folded_operation(const nib_folded* folded, int32_t index, nib_operation_info* info)
{
    return api::guard("folded", folded, [&] {
        const infer::View& view = folded->folded.view();
        check_range("index", index, 0, static_cast<std::int64_t>(view.header->operations) - 1);
        const infer::Operation& o = view.operations()[index];
        nib_operation_info all{};
        all.word = op_word(o);
        all.inputs = static_cast<int32_t>(o.inputs);
        all.outputs = static_cast<int32_t>(o.outputs);
        all.weight_bits = static_cast<int32_t>(o.bits);
        all.bytes = infer::section_bytes(o, view.header->symbols());
        api::write_struct("info", info, all);
    });
}

nib_status nib_folded_data(const nib_folded* folded, const void** bytes, size_t* size)
{
    return api::guard("folded", folded, [&] {
        api::check_pointer("bytes", bytes);
        api::check_pointer("size", size);
        *bytes = folded->folded.bytes().data();
        *size = folded->folded.bytes().size();
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
        const auto ids = static_cast<std::size_t>(count) * static_cast<std::size_t>(folded->folded.view().inputs());
        folded->folded.logits({contexts, ids}, logits);
    });
}

nib_status nib_folded_evaluate(nib_folded* folded, const nib_dataset* dataset, nib_split split, double* loss)
{
    return api::guard("folded", folded, [&] {
        api::check_pointer("dataset", dataset);
        check_enum("split", split, NIB_SPLIT_TEST);
        api::check_pointer("loss", loss);
        *loss = evaluate(folded->folded, dataset->data, split, folded->context->threads);
    });
}

nib_status nib_folded_log_probability(nib_folded* folded, const char* text, size_t length, double* log_probability)
{
    return api::guard("folded", folded, [&] {
        if (length > 0) api::check_pointer("text", text);
        api::check_pointer("log_probability", log_probability);
        *log_probability = nib::log_probability(folded->folded, {text, length});
    });
}
