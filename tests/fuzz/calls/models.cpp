// Calls that make, load, save and query models.
#include "alike_ranks.hpp"
#include "fuzz/calls/session.hpp"
#include "fuzz/networks.hpp"
#include "net/model_options.hpp"

namespace nib::fuzz {

const char* Model::destroy()
{
    nib_model_destroy(handle);
    return "nib_model_destroy";
}

namespace {

Context* told(const Model* model, const nib_model* handle) { return handle != nullptr ? model->context : nullptr; }

// Options of a small network; tame unless a field was made odd.
nib::model_options some_options(Session& s, bool& tame)
{
    const bool with_std = s.random.one_in(4);
    tame = !with_std; // a batch of equal numbers has no spread to divide by
    const std::string network =
        s.random.one_in(4) ? some_network(s.random, with_std) : some_perceptron(s.random, with_std);
    nib::model_options o(network, s.random.of<std::string>({"symbols context=1", "symbols context=2",
                                                            "symbols context=3", "symbols context=5"}));
    o.seed = static_cast<std::uint32_t>(s.random.next());
    if (!s.odd()) return o;
    tame = false;
    o.struct_size = s.within<std::size_t>(
        sizeof(nib_model_options), {0, 8, sizeof(nib_model_options) - 1, sizeof(nib_model_options) + 1, SIZE_MAX});
    for (std::size_t n = 1 + s.random.below(3); n > 0; --n)
        make_option_odd(s.random, model_fields(), static_cast<nib_model_options*>(&o));
    return o;
}

void keep_model(Session& s, std::unique_ptr<Model> made, nib_status status)
{
    s.check((made->handle != nullptr) == (status == NIB_OK), "a model is made where the answer is NIB_OK");
    if (status != NIB_OK) return;
    made->uses = {made->context};
    made->info.struct_size = sizeof made->info;
    made->options.struct_size = sizeof made->options;
    require(nib_model_get_info(made->handle, &made->info) == NIB_OK, "a model has information");
    require(nib_model_get_options(made->handle, &made->options) == NIB_OK, "a model has options");
    const bool large = made->info.parameters > 50000;
    const Model* model = made.get();
    s.keep(std::move(made));
    if (large) s.end(model); // its calls would take long
}

void model_create(Session& s)
{
    if (s.count<Model>() == 4) return;
    auto made = std::make_unique<Model>();
    made->context = s.some<Context>();
    nib_context* context = s.handle_of(made->context);
    const nib::model_options options = some_options(s, made->tame);
    const Dataset* dataset = s.some<Dataset>();
    const nib_dataset* data = s.handle_of(dataset);
    const nib_model_options* given = s.needed(static_cast<const nib_model_options*>(&options));
    nib_model** out = s.needed(&made->handle);
    const nib_status status =
        NIB_CALL(s, context != nullptr ? made->context : nullptr, (), nib_model_create, context, given, data, out);
    keep_model(s, std::move(made), status);
}

// Plans for a vocabulary of any size: no model is made.
void plan(Session& s)
{
    Context* context = s.some<Context>();
    nib_context* handle = s.handle_of(context);
    bool tame = false;
    const nib::model_options options = some_options(s, tame);
    const std::int32_t outputs = s.within(s.random.of({2, 27, 300, 4096}), {INT_MIN, -1, 0, 1, 4097, INT_MAX});
    auto fold = sized<nib_fold_options>();
    fold.weights = s.one_of({NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8});
    fold.first_layer = s.random.of({NIB_FIRST_LAYER_SMALLEST, NIB_FIRST_LAYER_TABLE});
    fold.struct_size = s.within<std::size_t>(sizeof fold, {0, 8, sizeof fold + 1, SIZE_MAX});
    const nib_model_options* given = s.needed(static_cast<const nib_model_options*>(&options));
    Output<nib_plan_info> info(s);
    const nib_status status = NIB_CALL(s, handle != nullptr ? context : nullptr, (NIB_ERR_UNSUPPORTED), nib_plan,
                                       handle, given, outputs, &fold, info.pointer());
    info.check(status);
    if (status != NIB_OK) return;
    s.mix(std::string(info.value.network) + info.value.input);
    s.mix(info.value.parameters);
    s.mix(info.value.file_bytes);
    s.check(info.value.file_bytes > 0 && info.value.workspace_bytes > 0, "a plan has sizes");
}

void model_save(Session& s)
{
    const Model* model = s.some<Model>();
    const nib_model* handle = s.handle_of(model);
    const std::string path = s.path_to_write();
    const char* file = s.needed(path.c_str());
    NIB_CALL(s, told(model, handle), (NIB_ERR_IO), nib_model_save, handle, file);
}

void model_data(Session& s)
{
    const Model* model = s.some<Model>();
    nib_model* handle = s.handle_of(model);
    const void* file = nullptr;
    std::size_t size = 0;
    if (NIB_CALL(s, told(model, handle), (), nib_model_data, handle, s.needed(&file), s.needed(&size)) != NIB_OK)
        return;
    s.mix(std::string(static_cast<const char*>(file), size));
}

void export_pytorch(Session& s)
{
    const Model* model = s.some<Model>();
    const nib_model* handle = s.handle_of(model);
    const std::string path = s.path_to_write();
    const char* file = s.needed(path.c_str());
    NIB_CALL(s, told(model, handle), (NIB_ERR_IO), nib_export_pytorch, handle, file);
}

void model_load(Session& s)
{
    if (s.count<Model>() == 4) return;
    auto made = std::make_unique<Model>();
    made->context = s.some<Context>();
    nib_context* context = s.handle_of(made->context);
    const std::string path = s.path_to_read();
    const char* file = s.needed(path.c_str());
    nib_model** out = s.needed(&made->handle);
    const nib_status status =
        NIB_CALL(s, context != nullptr ? made->context : nullptr, (NIB_ERR_IO, NIB_ERR_FORMAT, NIB_ERR_MISMATCH),
                 nib_model_load, context, file, out);
    keep_model(s, std::move(made), status);
}

std::vector<float> tensors_of(const Model& model)
{
    std::vector<float> all;
    for (std::int32_t i = 0; i < model.info.tensors; ++i) {
        auto info = sized<nib_tensor_info>();
        require(nib_model_tensor(model.handle, i, &info, nullptr) == NIB_OK, "a tensor has a shape");
        const std::size_t begin = all.size();
        all.resize(begin + static_cast<std::size_t>(info.rows * info.columns));
        require(nib_model_tensor(model.handle, i, &info, all.data() + begin) == NIB_OK, "a tensor has values");
    }
    return all;
}

void model_from_memory(Session& s)
{
    if (s.count<Model>() == 4) return;
    auto made = std::make_unique<Model>();
    made->context = s.some<Context>();
    nib_context* context = s.handle_of(made->context);
    const std::vector<char> exact = bytes_of(s.path_to_read());
    const char* bytes = s.needed(exact.empty() ? "" : exact.data());
    const char* name = s.needed("the %s model");
    nib_model** out = s.needed(&made->handle);
    const nib_status status =
        NIB_CALL(s, context != nullptr ? made->context : nullptr, (NIB_ERR_FORMAT, NIB_ERR_MISMATCH),
                 nib_model_from_memory, context, bytes, exact.size(), name, out);
    keep_model(s, std::move(made), status);
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b)
{
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0);
}

void model_load_parameters(Session& s)
{
    Model* model = s.some<Model>();
    nib_model* handle = s.handle_of(model);
    const std::string path = s.path_to_read();
    const char* file = s.needed(path.c_str());
    const std::vector<float> before = model != nullptr ? tensors_of(*model) : std::vector<float>();
    const nib_status status = NIB_CALL(s, told(model, handle), (NIB_ERR_IO, NIB_ERR_FORMAT, NIB_ERR_MISMATCH),
                                       nib_model_load_parameters, handle, file, nullptr);
    if (status == NIB_OK) {
        model->tame = false;
    } else if (model != nullptr) {
        s.check(same_bits(before, tensors_of(*model)), "after an error the model is as before");
    }
}

void model_parameters_from_memory(Session& s)
{
    Model* model = s.some<Model>();
    nib_model* handle = s.handle_of(model);
    const std::vector<char> exact = bytes_of(s.path_to_read());
    const char* bytes = s.needed(exact.empty() ? "" : exact.data());
    const char* name = s.needed("the %s parameters");
    const std::vector<float> before = model != nullptr ? tensors_of(*model) : std::vector<float>();
    const nib_status status = NIB_CALL(s, told(model, handle), (NIB_ERR_FORMAT, NIB_ERR_MISMATCH),
                                       nib_model_parameters_from_memory, handle, bytes, exact.size(), name, nullptr);
    if (status == NIB_OK) {
        model->tame = false;
    } else if (model != nullptr) {
        s.check(same_bits(before, tensors_of(*model)), "after an error the model is as before");
    }
}

// A model loads the parameters that it saved.
void model_save_and_load_parameters(Session& s)
{
    const Model* model = s.some<Model>();
    if (model == nullptr) return;
    const std::string path = s.random.any(s.materials.slots);
    const std::vector<float> before = tensors_of(*model);
    if (NIB_CALL(s, model->context, (), nib_model_save, model->handle, path.c_str()) != NIB_OK) return;
    // One of its numbers may not be valid in a file.
    const nib_status status = NIB_CALL(s, model->context, (NIB_ERR_FORMAT, NIB_ERR_MISMATCH), nib_model_load_parameters,
                                       model->handle, path.c_str(), nullptr);
    s.check(!model->tame || (status != NIB_ERR_FORMAT && status != NIB_ERR_MISMATCH), "a sensible file is taken");
    s.check(same_bits(before, tensors_of(*model)), "parameters come back as they were saved");
}

void model_get_info(Session& s)
{
    const Model* model = s.some<Model>();
    const nib_model* handle = s.handle_of(model);
    Output<nib_model_info> info(s);
    const nib_status status = NIB_CALL(s, told(model, handle), (), nib_model_get_info, handle, info.pointer());
    info.check(status);
    if (status == NIB_OK) s.mix(info.value.parameters);
}

void model_get_options(Session& s)
{
    const Model* model = s.some<Model>();
    const nib_model* handle = s.handle_of(model);
    Output<nib_model_options> options(s);
    const nib_status status = NIB_CALL(s, told(model, handle), (), nib_model_get_options, handle, options.pointer());
    options.check(status);
    if (status == NIB_OK) s.mix(std::string(options.value.network) + options.value.input);
}

void model_layer(Session& s)
{
    const Model* model = s.some<Model>();
    const nib_model* handle = s.handle_of(model);
    const std::int32_t layers = model != nullptr ? model->info.layers : 1;
    const auto index = static_cast<std::int32_t>(s.random.below(static_cast<std::size_t>(layers)));
    const std::int32_t asked = s.within(index, {-1, layers, INT_MAX, INT_MIN});
    Output<nib_layer_info> info(s);
    const nib_status status = NIB_CALL(s, told(model, handle), (), nib_model_layer, handle, asked, info.pointer());
    info.check(status);
    if (status != NIB_OK) return;
    const nib_layer_info& layer = info.value;
    s.mix(std::string(layer.position) + layer.word + layer.text);
    s.check(layer.in_rank >= 1 && layer.in_rank <= 4 && layer.out_rank >= 1 && layer.out_rank <= 4,
            "a layer has shapes");
    s.mix(layer.in);
    s.mix(layer.out);
    s.check(layer.parameters >= 0 && layer.parameters <= model->info.parameters,
            "a layer's parameters are the model's");
}

void model_symbol(Session& s)
{
    const Model* model = s.some<Model>();
    const nib_model* handle = s.handle_of(model);
    const std::int32_t size = model != nullptr ? model->info.vocabulary : 1;
    const auto id = static_cast<std::int32_t>(s.random.below(static_cast<std::size_t>(size)));
    const std::int32_t asked = s.within(id, {-1, size, INT_MAX, INT_MIN});
    Output<const char*> text(s);
    const nib_status status = NIB_CALL(s, told(model, handle), (), nib_model_symbol, handle, asked, text.pointer());
    text.check(status);
    if (status == NIB_OK) s.mix(std::string(text.value));
}

const char* some_word(Session& s)
{
    return s.random.of<const char*>({"", "emma", "a", "isabella", "caf\xc3\xa9", "\xff\xfe", "EMMA", "x%n%s"});
}

void model_encode(Session& s)
{
    const Model* model = s.some<Model>();
    const nib_model* handle = s.handle_of(model);
    const char* text = s.needed(some_word(s));
    std::vector<std::int32_t> ids(s.random.below(6));
    Output<std::size_t> count(s);
    const nib_status status = NIB_CALL(s, told(model, handle), (NIB_ERR_MISMATCH), nib_model_encode, handle, text,
                                       ids.data(), ids.size(), count.pointer());
    count.check(status);
    if (status != NIB_OK) return;
    s.mix(count.value);
    s.mix(ids.data(), std::min(count.value, ids.size()) * sizeof(std::int32_t));
}

void model_tensor(Session& s)
{
    const Model* model = s.some<Model>();
    const nib_model* handle = s.handle_of(model);
    const std::int32_t tensors = model != nullptr ? model->info.tensors : 1;
    const auto index = static_cast<std::int32_t>(s.random.below(static_cast<std::size_t>(tensors)));
    const std::int32_t asked = s.within(index, {-1, tensors, INT_MAX, INT_MIN});
    Output<nib_tensor_info> info(s);
    const nib_status status =
        NIB_CALL(s, told(model, handle), (), nib_model_tensor, handle, asked, info.pointer(), nullptr);
    info.check(status);
    if (status != NIB_OK) return;
    s.mix(std::string(info.value.name));
    std::vector<float> values(static_cast<std::size_t>(info.value.rows * info.value.columns));
    s.check(nib_model_tensor(handle, asked, &info.value, values.data()) == NIB_OK, "a tensor is read");
    s.mix(values.data(), values.size() * sizeof(float));
}

void model_set_tensor(Session& s)
{
    Model* model = s.some<Model>();
    nib_model* handle = s.handle_of(model);
    const std::int32_t tensors = model != nullptr ? model->info.tensors : 1;
    const auto index = static_cast<std::int32_t>(s.random.below(static_cast<std::size_t>(tensors)));
    auto info = sized<nib_tensor_info>();
    if (model != nullptr)
        require(nib_model_tensor(model->handle, index, &info, nullptr) == NIB_OK, "there is a tensor");
    std::vector<float> values(static_cast<std::size_t>(info.rows * info.columns) + 1);
    const bool odd = s.odd();
    for (float& value : values) {
        value = static_cast<float>(s.random.unit() - 0.5);
        if (odd && s.random.one_in(4)) make_odd(s.random, value);
    }
    values.pop_back();
    values.shrink_to_fit();
    const std::int32_t asked = s.within(index, {-1, tensors, INT_MAX, INT_MIN});
    const float* from = s.needed(static_cast<const float*>(values.data()));
    const nib_status status = NIB_CALL(s, told(model, handle), (), nib_model_set_tensor, handle, asked, from);
    if (status == NIB_OK) model->tame = model->tame && !odd;
}

std::size_t context_of(const Model& model)
{
    auto first = sized<nib_layer_info>();
    require(nib_model_layer(model.handle, 0, &first) == NIB_OK, "a model has a layer");
    return static_cast<std::size_t>(first.in[0]);
}

void model_logits(Session& s)
{
    const Model* model = s.some<Model>();
    nib_model* handle = s.handle_of(model);
    const std::int32_t vocabulary = model != nullptr ? model->info.vocabulary : 1;
    const std::size_t length = model != nullptr ? context_of(*model) : 1;
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
    const nib_status status = NIB_CALL(s, told(model, handle), (), nib_model_logits, handle, from, asked, to);
    if (status != NIB_OK) return s.check(logits == before, "logits of a refused call are as before");
    s.mix(logits.data(), logits.size() * sizeof(float));
    for (const float logit : logits)
        s.check(!model->tame || std::isfinite(logit), "a sensible model's logits are finite");
}

void model_evaluate(Session& s)
{
    const Model* model = s.some<Model>();
    nib_model* handle = s.handle_of(model);
    const nib_dataset* dataset = s.handle_of(s.some<Dataset>());
    const auto split = s.one_of({NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST});
    Output<double> loss(s);
    const nib_status status = NIB_CALL(s, told(model, handle), (NIB_ERR_MISMATCH, NIB_ERR_DIVERGED), nib_model_evaluate,
                                       handle, dataset, split, loss.pointer());
    loss.check(status);
    s.check(model == nullptr || !model->tame || status != NIB_ERR_DIVERGED, "a sensible model's loss is finite");
    if (status != NIB_OK) return;
    s.mix(loss.value);
    s.check(std::isfinite(loss.value), "a loss is finite");
}

void evaluate_range(Session& s, bool of_ranks)
{
    const Model* model = s.some<Model>();
    nib_model* handle = s.handle_of(model);
    const Dataset* data = s.some<Dataset>();
    const nib_dataset* dataset = s.handle_of(data);
    const nib_split split = s.random.of({NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST});
    const std::int64_t examples = data != nullptr ? data->info.examples[split] : 1;
    const auto first = static_cast<std::int64_t>(s.random.below(static_cast<std::uint64_t>(examples)));
    const std::int64_t most = examples - first;
    const auto some = 1 + static_cast<std::int64_t>(s.random.below(static_cast<std::uint64_t>(most)));
    const auto count = s.within<std::int64_t>(some, {0, -1, most + 1, INT64_MIN, INT64_MAX});
    Output<double> loss(s);
    const nib_collective collective = s.random.one_in(2) ? test::alike_ranks<2>() : test::alike_ranks<1>();
    const nib_collective* ranks = of_ranks ? s.needed(&collective) : nullptr;
    double* const out = loss.pointer();
    const nib_status status =
        of_ranks ? NIB_CALL(s, told(model, handle), (NIB_ERR_MISMATCH, NIB_ERR_DIVERGED),
                            nib_model_evaluate_distributed, handle, dataset, split, first, count, ranks, out)
                 : NIB_CALL(s, told(model, handle), (NIB_ERR_MISMATCH, NIB_ERR_DIVERGED), nib_model_evaluate_range,
                            handle, dataset, split, first, count, out);
    loss.check(status);
    if (status != NIB_OK) return;
    s.mix(loss.value);
    s.check(std::isfinite(loss.value), "a loss is finite");
}

void model_evaluate_range(Session& s) { evaluate_range(s, false); }
void model_evaluate_distributed(Session& s) { evaluate_range(s, true); }

void model_copy(Session& s)
{
    const Model* from = s.some<Model>();
    Model* to = s.some<Model>();
    nib_model* source = s.handle_of(from);
    nib_model* target = s.handle_of(to);
    const nib_status status = NIB_CALL(s, told(to, target), (NIB_ERR_MISMATCH), nib_model_copy, source, target);
    if (status == NIB_OK) to->tame = to->tame && from->tame;
}

void model_log_probability(Session& s)
{
    const Model* model = s.some<Model>();
    nib_model* handle = s.handle_of(model);
    const std::string word = some_word(s);
    const std::vector<char> exact(word.begin(), word.end());
    Output<double> probability(s);
    const char* text = exact.empty() ? nullptr : s.needed(exact.data());
    const nib_status status = NIB_CALL(s, told(model, handle), (NIB_ERR_MISMATCH, NIB_ERR_DIVERGED),
                                       nib_model_log_probability, handle, text, exact.size(), probability.pointer());
    probability.check(status);
    s.check(model == nullptr || !model->tame || status != NIB_ERR_DIVERGED, "a sensible model's logits are finite");
    if (status == NIB_OK) s.mix(probability.value);
}

void model_calibrate(Session& s)
{
    const Model* model = s.some<Model>();
    nib_model* handle = s.handle_of(model);
    const nib_dataset* dataset = s.handle_of(s.some<Dataset>());
    const auto split = s.one_of({NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST});
    NIB_CALL(s, told(model, handle), (NIB_ERR_MISMATCH), nib_model_calibrate, handle, dataset, split);
}

} // namespace

const std::vector<Operation> model_operations = {model_create,
                                                 model_create,
                                                 plan,
                                                 model_save,
                                                 model_save,
                                                 model_data,
                                                 export_pytorch,
                                                 model_load,
                                                 model_from_memory,
                                                 model_load_parameters,
                                                 model_parameters_from_memory,
                                                 model_save_and_load_parameters,
                                                 model_get_info,
                                                 model_get_options,
                                                 model_layer,
                                                 model_symbol,
                                                 model_encode,
                                                 model_tensor,
                                                 model_set_tensor,
                                                 model_logits,
                                                 model_copy,
                                                 model_evaluate,
                                                 model_evaluate_range,
                                                 model_evaluate_distributed,
                                                 model_log_probability,
                                                 model_calibrate};

} // namespace nib::fuzz
