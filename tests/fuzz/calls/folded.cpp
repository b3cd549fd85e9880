// Folded models and samplers.
#include "fuzz/calls/session.hpp"

#include <cmath>

namespace nib::fuzz {

const char* FoldedModel::destroy()
{
    nib_folded_destroy(handle);
    return "nib_folded_destroy";
}

const char* Sampler::destroy()
{
    nib_sampler_destroy(handle);
    return "nib_sampler_destroy";
}

namespace {

Context* told(const FoldedModel* folded, const nib_folded* handle)
{
    return handle != nullptr ? folded->context : nullptr;
}

void fold_options_default(Session& s)
{
    Output<nib_fold_options> options(s);
    const nib_status status = NIB_CALL(s, nullptr, (), nib_fold_options_default, options.pointer());
    options.check(status);
}

void keep_folded(Session& s, std::unique_ptr<FoldedModel> made, nib_status status)
{
    s.check((made->handle != nullptr) == (status == NIB_OK), "a folded model is made where the answer is NIB_OK");
    if (status != NIB_OK) return;
    made->uses = {made->context};
    made->info.struct_size = sizeof made->info;
    require(nib_folded_get_info(made->handle, &made->info) == NIB_OK, "a folded model has information");
    s.keep(std::move(made));
}

void fold(Session& s)
{
    if (s.count<FoldedModel>() == 4) return;
    auto made = std::make_unique<FoldedModel>();
    const Model* model = s.some<Model>();
    nib_model* handle = s.handle_of(model);
    made->context = model != nullptr ? model->context : nullptr;
    made->tame = model != nullptr && model->tame;
    auto options = sized<nib_fold_options>();
    options.weights = s.random.of({NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8});
    options.first_layer = s.random.of({NIB_FIRST_LAYER_SMALLEST, NIB_FIRST_LAYER_TABLE});
    options.split = s.random.of({NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST});
    options.max_loss_difference = s.random.of<double>({0, 1, 100});
    const Dataset* dataset = s.some<Dataset>();
    if (dataset != nullptr && s.random.one_in(2)) options.dataset = dataset->handle;
    options.struct_size = s.within<std::size_t>(sizeof options, {0, 8, sizeof options + 1, SIZE_MAX});
    if (s.odd())
        make_one_odd(s.random, options.weights, options.first_layer, options.split, options.max_loss_difference);
    nib_folded** out = s.needed(&made->handle);
    const nib_status status =
        NIB_CALL(s, handle != nullptr ? made->context : nullptr,
                 (NIB_ERR_MISMATCH, NIB_ERR_DIVERGED, NIB_ERR_UNSUPPORTED), nib_fold, handle, &options, out);
    s.check(!made->tame || status != NIB_ERR_DIVERGED, "a sensible model can be folded");
    keep_folded(s, std::move(made), status);
}

void folded_save(Session& s)
{
    const FoldedModel* folded = s.some<FoldedModel>();
    const nib_folded* handle = s.handle_of(folded);
    const std::string path = s.path_to_write();
    const char* file = s.needed(path.c_str());
    NIB_CALL(s, told(folded, handle), (NIB_ERR_IO), nib_folded_save, handle, file);
}

void folded_load(Session& s)
{
    if (s.count<FoldedModel>() == 4) return;
    auto made = std::make_unique<FoldedModel>();
    made->context = s.some<Context>();
    nib_context* context = s.handle_of(made->context);
    const std::string path = s.path_to_read();
    const char* file = s.needed(path.c_str());
    nib_folded** out = s.needed(&made->handle);
    const nib_status status = NIB_CALL(s, context != nullptr ? made->context : nullptr, (NIB_ERR_IO, NIB_ERR_FORMAT),
                                       nib_folded_load, context, file, out);
    keep_folded(s, std::move(made), status);
}

void folded_from_memory(Session& s)
{
    if (s.count<FoldedModel>() == 4) return;
    auto made = std::make_unique<FoldedModel>();
    made->context = s.some<Context>();
    nib_context* context = s.handle_of(made->context);
    const std::vector<char> exact = bytes_of(s.path_to_read());
    const char* bytes = s.needed(exact.empty() ? "" : exact.data());
    const char* name = s.needed("the %s folded model");
    nib_folded** out = s.needed(&made->handle);
    const nib_status status = NIB_CALL(s, context != nullptr ? made->context : nullptr, (NIB_ERR_FORMAT),
                                       nib_folded_from_memory, context, bytes, exact.size(), name, out);
    keep_folded(s, std::move(made), status);
}

void folded_get_info(Session& s)
{
    const FoldedModel* folded = s.some<FoldedModel>();
    const nib_folded* handle = s.handle_of(folded);
    Output<nib_folded_info> info(s);
    const nib_status status = NIB_CALL(s, told(folded, handle), (), nib_folded_get_info, handle, info.pointer());
    info.check(status);
    if (status == NIB_OK) s.mix(info.value.loss_after);
}

void folded_operation(Session& s)
{
    const FoldedModel* folded = s.some<FoldedModel>();
    const nib_folded* handle = s.handle_of(folded);
    const std::int32_t size = folded != nullptr ? folded->info.operations : 1;
    const auto index = static_cast<std::int32_t>(s.random.below(static_cast<std::size_t>(size)));
    const std::int32_t asked = s.within(index, {-1, size, INT_MAX, INT_MIN});
    Output<nib_operation_info> info(s);
    const nib_status status =
        NIB_CALL(s, told(folded, handle), (), nib_folded_operation, handle, asked, info.pointer());
    info.check(status);
    if (status == NIB_OK) s.mix(std::string(info.value.word));
}

void folded_evaluate(Session& s)
{
    const FoldedModel* folded = s.some<FoldedModel>();
    nib_folded* handle = s.handle_of(folded);
    const nib_dataset* dataset = s.handle_of(s.some<Dataset>());
    const auto split = s.one_of({NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST});
    Output<double> loss(s);
    const nib_status status = NIB_CALL(s, told(folded, handle), (NIB_ERR_MISMATCH, NIB_ERR_DIVERGED),
                                       nib_folded_evaluate, handle, dataset, split, loss.pointer());
    loss.check(status);
    if (status == NIB_OK) s.check(std::isfinite(loss.value), "a loss is finite");
}

void folded_symbol(Session& s)
{
    const FoldedModel* folded = s.some<FoldedModel>();
    const nib_folded* handle = s.handle_of(folded);
    const std::int32_t size = folded != nullptr ? folded->info.vocabulary : 1;
    const auto id = static_cast<std::int32_t>(s.random.below(static_cast<std::size_t>(size)));
    const std::int32_t asked = s.within(id, {-1, size, INT_MAX, INT_MIN});
    Output<const char*> text(s);
    const nib_status status = NIB_CALL(s, told(folded, handle), (), nib_folded_symbol, handle, asked, text.pointer());
    text.check(status);
    if (status == NIB_OK) s.mix(std::string(text.value));
}

void export_c(Session& s)
{
    const FoldedModel* folded = s.some<FoldedModel>();
    const nib_folded* handle = s.handle_of(folded);
    const std::string path = s.path_to_write();
    const char* file = s.needed(path.c_str());
    const char* prefix = s.needed("names");
    if (s.odd() && prefix != nullptr) {
        prefix = s.random.of<const char*>({"", "1a", "a-b", "_a", "%s", "a b"});
        s.expect_refusal();
    }
    NIB_CALL(s, told(folded, handle), (NIB_ERR_IO), nib_export_c, handle, prefix, file);
}

void export_onnx(Session& s)
{
    const FoldedModel* folded = s.some<FoldedModel>();
    const nib_folded* handle = s.handle_of(folded);
    const std::string path = s.path_to_write();
    const char* file = s.needed(path.c_str());
    NIB_CALL(s, told(folded, handle), (NIB_ERR_IO, NIB_ERR_UNSUPPORTED), nib_export_onnx, handle, file);
}

void folded_logits(Session& s)
{
    const FoldedModel* folded = s.some<FoldedModel>();
    nib_folded* handle = s.handle_of(folded);
    const std::int32_t vocabulary = folded != nullptr ? folded->info.vocabulary : 1;
    const auto length = static_cast<std::size_t>(folded != nullptr ? folded->info.context_length : 1);
    const std::size_t count = s.random.of<std::size_t>({0, 1, 2, 7, 70});
    std::vector<std::int32_t> contexts(count * length);
    for (std::int32_t& id : contexts) {
        id = static_cast<std::int32_t>(s.random.below(static_cast<std::size_t>(vocabulary)));
        if (contexts.size() < 8) id = s.within(id, {-1, vocabulary, INT_MAX, INT_MIN});
    }
    std::vector<float> logits(count * static_cast<std::size_t>(vocabulary), 0.25f);
    const std::vector<float> before = logits;
    const std::int32_t no_id = 0;
    float no_logit = 0;
    const auto asked = s.within<std::int64_t>(static_cast<std::int64_t>(count), {-1, INT64_MIN, INT64_MAX});
    const std::int32_t* from = s.needed(count > 0 ? contexts.data() : &no_id);
    float* to = s.needed(count > 0 ? logits.data() : &no_logit);
    const nib_status status = NIB_CALL(s, told(folded, handle), (), nib_folded_logits, handle, from, asked, to);
    if (status != NIB_OK) return s.check(logits == before, "logits of a refused call are as before");
    s.mix(logits.data(), logits.size() * sizeof(float));
    for (const float logit : logits)
        s.check(!folded->tame || std::isfinite(logit), "a sensible folded model's logits are finite");
}

void folded_log_probability(Session& s)
{
    const FoldedModel* folded = s.some<FoldedModel>();
    nib_folded* handle = s.handle_of(folded);
    const char* text = s.random.of<const char*>({"", "emma", "isabella", "caf\xc3\xa9", "\xff", "x%n"});
    const std::size_t length = std::strlen(text);
    Output<double> probability(s);
    const char* given = length == 0 ? nullptr : s.needed(text);
    const nib_status status = NIB_CALL(s, told(folded, handle), (NIB_ERR_MISMATCH, NIB_ERR_DIVERGED),
                                       nib_folded_log_probability, handle, given, length, probability.pointer());
    probability.check(status);
    if (status == NIB_OK) s.mix(probability.value);
}

void sampler_options_default(Session& s)
{
    Output<nib_sampler_options> options(s);
    const nib_status status = NIB_CALL(s, nullptr, (), nib_sampler_options_default, options.pointer());
    options.check(status);
}

nib_sampler_options sampler_options(Session& s)
{
    auto o = sized<nib_sampler_options>();
    o.seed = static_cast<std::uint32_t>(s.random.next());
    o.temperature = s.random.of({0.3, 1.0, 2.0});
    o.max_length = s.random.of({1, 5, 20});
    o.stream = s.random.of({NIB_STREAM_LECTURE, NIB_STREAM_COUNTER});
    o.start = s.random.of<const char*>({nullptr, nullptr, "", "em", "a", "X%n", "\xff"});
    o.first = static_cast<std::int64_t>(s.random.below(100));
    o.struct_size = s.within<std::size_t>(sizeof o, {0, 8, sizeof o - 1, sizeof o + 1, SIZE_MAX});
    if (s.odd()) make_one_odd(s.random, o.temperature, o.max_length, o.stream, o.first);
    return o;
}

template <class Source, class Handle>
void make_sampler(Session& s, const char* name,
                  nib_status (*create)(Handle*, const nib_sampler_options*, nib_sampler**))
{
    if (s.count<Sampler>() == 4) return;
    auto made = std::make_unique<Sampler>();
    const Source* source = s.some<Source>();
    Handle* handle = s.handle_of(source);
    made->context = source != nullptr ? source->context : nullptr;
    const nib_sampler_options options = sampler_options(s);
    nib_sampler** out = s.needed(&made->handle);
    s.begin(name, handle != nullptr ? made->context : nullptr);
    const nib_status status = s.ended(create(handle, &options, out), {NIB_ERR_MISMATCH});
    s.check((made->handle != nullptr) == (status == NIB_OK), "a sampler is made where the answer is NIB_OK");
    if (status != NIB_OK) return;
    made->uses = {made->context, source};
    s.keep(std::move(made));
}

void sampler_create(Session& s) { make_sampler<Model>(s, "nib_sampler_create", nib_sampler_create); }
void sampler_create_folded(Session& s)
{
    make_sampler<FoldedModel>(s, "nib_sampler_create_folded", nib_sampler_create_folded);
}

void sampler_next(Session& s)
{
    const Sampler* sampler = s.some<Sampler>();
    nib_sampler* handle = s.handle_of(sampler);
    Output<const char*> text(s);
    Output<std::size_t> length(s);
    const char** to = text.pointer();
    const nib_status status = NIB_CALL(s, handle != nullptr ? sampler->context : nullptr, (NIB_ERR_DIVERGED),
                                       nib_sampler_next, handle, to, s.random.one_in(4) ? nullptr : &length.value);
    text.check(status);
    length.check(status);
    if (status == NIB_OK) s.mix(std::string(text.value));
}

} // namespace

const std::vector<Operation> folded_operations = {fold,
                                                  fold_options_default,
                                                  fold,
                                                  folded_save,
                                                  folded_load,
                                                  folded_from_memory,
                                                  folded_get_info,
                                                  folded_operation,
                                                  folded_evaluate,
                                                  folded_symbol,
                                                  export_c,
                                                  export_onnx,
                                                  folded_logits,
                                                  folded_log_probability,
                                                  sampler_options_default,
                                                  sampler_create,
                                                  sampler_create_folded,
                                                  sampler_next,
                                                  sampler_next,
                                                  sampler_next};

} // namespace nib::fuzz
