// The functions of nib/infer.h: each checks the caller's arguments and calls one function. Those that compute run in a
// FloatEnvironment, because even comparing a NaN raises a floating-point exception.
#include "nib/infer.h"

#include "base/float_environment.hpp"
#include "base/math.hpp"
#include "base/struct_versions.hpp"
#include "infer/engine.hpp"
#include "infer/item.hpp"
#include "infer/names.hpp"
#include "infer/numbers.hpp"
#include "infer/sample.hpp"
#include "infer/symbols.hpp"

#include <new>

// The sizes of the header's structs, as in api/struct_sizes.hpp for nib/nib.h; some 32-bit ABIs pack them closer.
template <>
struct nib::StructSizes<nib_infer_info> {
    static constexpr std::size_t list[] = {sizeof(void*) == 8 ? 104 : sizeof(nib_infer_info)};
};
template <>
struct nib::StructSizes<nib_infer_sampler_options> {
    static constexpr std::size_t list[] = {sizeof(void*) == 8 ? 32 : sizeof(nib_infer_sampler_options)};
};

namespace nib::infer {

namespace {

static_assert(sizeof(View) <= sizeof(nib_infer_model));

const View& view_of(const nib_infer_model* model) noexcept
{
    return *std::launder(reinterpret_cast<const View*>(model->opaque));
}

// Checks the arguments of a function for rows, then calls use(view, memory).
template <class Use>
nib_status with_rows(const nib_infer_model* model, bool wants_classes, const void* x, std::size_t count, const void* to,
                     void* workspace, std::size_t workspace_bytes, Use use) noexcept
{
    if (model == nullptr || workspace == nullptr) return NIB_ERR_INVALID_ARGUMENT;
    if (count > 0 && (x == nullptr || to == nullptr)) return NIB_ERR_INVALID_ARGUMENT;
    const View& view = view_of(model);
    if (view.is_of_text() || (wants_classes && view.header->classes() == 0)) return NIB_ERR_MISMATCH;
    if (count == 0) return NIB_OK;
    Workspace memory{};
    if (const nib_status status = make_workspace(view, count, workspace, workspace_bytes, memory); status != NIB_OK) {
        return status;
    }
    use(view, memory);
    return NIB_OK;
}

// The content of a nib_infer_sampler.
struct SamplerState {
    View view;
    Mt19937 words;
    Recipe recipe;
    std::size_t symbol_bytes; // of the longest symbol
};
static_assert(sizeof(SamplerState) <= sizeof(nib_infer_sampler));

// each_symbol for a text that ends with NUL; sets bytes to its length.
template <class Each>
bool each_symbol_of_string(const View& view, const char* text, std::size_t& bytes, Each each) noexcept
{
    bytes = 0;
    while (true) {
        std::size_t ahead = 0;
        while (ahead < 4 && text[bytes + ahead] != '\0') ++ahead;
        if (ahead == 0) return true;
        const std::int32_t id = find_symbol(view, text + bytes, ahead);
        if (id == 0) return false;
        each(id);
        bytes += symbol_size(view, id);
    }
}

bool ids_in_range(const View& view, const std::int32_t* ids, std::size_t count) noexcept
{
    for (std::size_t i = 0; i < count; ++i) {
        if (ids[i] < 0 || ids[i] >= view.vocabulary()) return false;
    }
    return true;
}

// log(softmax(logits)[id]); overwrites logits.
double log_softmax(const View& view, float* logits, std::int32_t id) noexcept
{
    const float chosen = logits[id];
    const float greatest = view.kernels->exponentials(view.vocabulary(), 1.0f, logits);
    double sum = 0; // of up to 4096 terms
    for (std::ptrdiff_t i = 0; i < view.vocabulary(); ++i) sum += static_cast<double>(logits[i]);
    return static_cast<double>(chosen - greatest) - nib::natural_log(sum);
}

constexpr nib_infer_sampler_options default_options{.struct_size = sizeof(nib_infer_sampler_options),
                                                    .seed = 0,
                                                    .temperature = 1.0f,
                                                    .max_length = 4096,
                                                    .start = nullptr};

// Checks options of any version, and makes a recipe from them.
nib_status make_recipe(const View& view, const nib_infer_sampler_options& given, Recipe& recipe) noexcept
{
    if (!is_known_size<nib_infer_sampler_options>(given.struct_size)) return NIB_ERR_INVALID_ARGUMENT;
    if (!view.is_of_text()) return NIB_ERR_MISMATCH;
    const nib_infer_sampler_options options = read_version(given, default_options);
    if (options.max_length < 1 || options.max_length > 4096) return NIB_ERR_INVALID_ARGUMENT;
    // The comparison is written so that NaN fails it.
    if (!(options.temperature > 0 && options.temperature <= __FLT_MAX__)) return NIB_ERR_INVALID_ARGUMENT;
    const char* start = options.start == nullptr ? "" : options.start;
    std::size_t symbols = 0, bytes = 0;
    if (!each_symbol_of_string(view, start, bytes, [&](std::int32_t) { ++symbols; })) return NIB_ERR_MISMATCH;
    if (symbols > static_cast<std::size_t>(options.max_length)) return NIB_ERR_INVALID_ARGUMENT;
    recipe = {.seed = options.seed,
              .factor = temperature_factor(static_cast<double>(options.temperature)),
              .start = start,
              .start_bytes = bytes,
              .start_symbols = symbols,
              .max_length = static_cast<std::size_t>(options.max_length)};
    return NIB_OK;
}

} // namespace

} // namespace nib::infer

using namespace nib::infer;

nib_status nib_infer_workspace(const void* file, size_t size, size_t batch, size_t* bytes)
{
    if (file == nullptr || bytes == nullptr || batch == 0) return NIB_ERR_INVALID_ARGUMENT;
    if (const nib_status status = check_sizes(file, size); status != NIB_OK) return status;
    *bytes = make_plan(*static_cast<const Header*>(file), batch).bytes();
    return NIB_OK;
}

nib_status nib_infer_open(const void* file, size_t size, void* workspace, size_t workspace_bytes,
                          nib_infer_model* model)
{
    const nib::FloatEnvironment environment;
    if (file == nullptr || workspace == nullptr || model == nullptr) return NIB_ERR_INVALID_ARGUMENT;
    View view{};
    if (const nib_status status = open(file, size, view); status != NIB_OK) return status;
    if (BadNumber bad; find_bad_number(view, bad)) return NIB_ERR_FORMAT;
    Workspace memory{};
    if (const nib_status status = make_workspace(view, 1, workspace, workspace_bytes, memory); status != NIB_OK) {
        return status;
    }
    if (const nib_status status = check_test_vector(view, memory); status != NIB_OK) return status;
    new (model->opaque) View(view);
    return NIB_OK;
}

const char* nib_infer_isa(const nib_infer_model* model) { return model == nullptr ? "" : view_of(model).kernels->isa; }

nib_status nib_infer_set_isa(nib_infer_model* model, const char* isa)
{
    if (model == nullptr || isa == nullptr) return NIB_ERR_INVALID_ARGUMENT;
    const EngineTable* table = table_of(isa);
    if (table == nullptr) return NIB_ERR_UNSUPPORTED;
    View view = view_of(model);
    view.use(table);
    new (model->opaque) View(view);
    return NIB_OK;
}

nib_status nib_infer_get_info(const nib_infer_model* model, nib_infer_info* info)
{
    if (model == nullptr || info == nullptr || !nib::is_known_size<nib_infer_info>(info->struct_size))
        return NIB_ERR_INVALID_ARGUMENT;
    const View& view = view_of(model);
    const Header& h = *view.header;
    const bool text = h.is_of_text();
    const nib_infer_info all = {.struct_size = sizeof *info,
                                .context_length = static_cast<int32_t>(text ? h.inputs : 0),
                                .vocabulary = static_cast<int32_t>(h.symbols()),
                                .features = static_cast<int32_t>(text ? 0 : h.inputs),
                                .outputs = static_cast<int32_t>(h.outputs),
                                .classes = static_cast<int32_t>(h.classes()),
                                .operations = static_cast<int32_t>(h.operations),
                                .bytes_encoding = static_cast<int32_t>(h.encoding),
                                .weight_bits = static_cast<int32_t>(h.weight_bits),
                                .symbol_bytes = static_cast<int32_t>(text ? largest_symbol(view) : 0),
                                .file_bytes = h.file_bytes,
                                .multiply_adds = multiply_adds(h),
                                .certificate_examples = h.certificate_examples,
                                .loss_before = h.loss_before,
                                .loss_after = h.loss_after,
                                .largest_logit_difference = h.largest_logit_difference,
                                .equal_argmax = h.equal_argmax};
    nib::write_version(*info, all);
    return NIB_OK;
}

nib_status nib_infer_logits(const nib_infer_model* model, const int32_t* contexts, size_t count, float* logits,
                            void* workspace, size_t workspace_bytes)
{
    const nib::FloatEnvironment environment;
    if (model == nullptr || workspace == nullptr) return NIB_ERR_INVALID_ARGUMENT;
    if (count > 0 && (contexts == nullptr || logits == nullptr)) return NIB_ERR_INVALID_ARGUMENT;
    const View& view = view_of(model);
    if (!view.is_of_text()) return NIB_ERR_MISMATCH;
    if (count == 0) return NIB_OK;
    if (!ids_in_range(view, contexts, count * view.header->inputs)) return NIB_ERR_INVALID_ARGUMENT;
    Workspace memory{};
    if (const nib_status status = make_workspace(view, count, workspace, workspace_bytes, memory); status != NIB_OK) {
        return status;
    }
    nib::infer::logits(view, contexts, count, logits, memory);
    return NIB_OK;
}

nib_status nib_infer_run(const nib_infer_model* model, const float* x, size_t count, float* y, void* workspace,
                         size_t workspace_bytes)
{
    const nib::FloatEnvironment environment;
    return with_rows(
        model, false, x, count, y, workspace, workspace_bytes,
        [=](const View& view, const Workspace& memory) { outputs(view, x, count, view.header->inputs, y, memory); });
}

nib_status nib_infer_classify(const nib_infer_model* model, const float* x, size_t count, int32_t* classes,
                              void* workspace, size_t workspace_bytes)
{
    const nib::FloatEnvironment environment;
    return with_rows(model, true, x, count, classes, workspace, workspace_bytes,
                     [=](const View& view, const Workspace& memory) {
                         classify(view, x, count, view.header->inputs, classes, memory);
                     });
}

nib_status nib_infer_class_name(const nib_infer_model* model, int32_t index, const char** text, size_t* length)
{
    if (model == nullptr || text == nullptr || length == nullptr) return NIB_ERR_INVALID_ARGUMENT;
    const View& view = view_of(model);
    if (view.header->classes() == 0) return NIB_ERR_MISMATCH;
    if (index < 0 || index >= static_cast<std::int64_t>(view.header->classes())) return NIB_ERR_INVALID_ARGUMENT;
    const char* at = view.names;
    for (; index > 0; --index) at = behind_name(at);
    *text = name_at(at).text;
    *length = name_at(at).size;
    return NIB_OK;
}

nib_status nib_infer_log_probability(const nib_infer_model* model, const char* text, size_t length,
                                     double* log_probability, void* workspace, size_t workspace_bytes)
{
    const nib::FloatEnvironment environment;
    if (model == nullptr || workspace == nullptr || log_probability == nullptr) return NIB_ERR_INVALID_ARGUMENT;
    if (text == nullptr && length > 0) return NIB_ERR_INVALID_ARGUMENT;
    const View& view = view_of(model);
    if (!view.is_of_text()) return NIB_ERR_MISMATCH;
    Workspace memory{};
    if (const nib_status status = make_workspace(view, 1, workspace, workspace_bytes, memory); status != NIB_OK) {
        return status;
    }
    Window window(memory.contexts, view.header->inputs);
    double total = 0;
    const auto add = [&](std::int32_t id) {
        total += log_softmax(view, logits_of_one(view, window.context(), memory), id);
        window.push(id);
    };
    if (!each_symbol(view, text, length, add)) return NIB_ERR_MISMATCH;
    add(0);
    *log_probability = total;
    return NIB_OK;
}

nib_status nib_infer_sampler_options_default(nib_infer_sampler_options* options)
{
    if (options == nullptr || !nib::is_known_size<nib_infer_sampler_options>(options->struct_size))
        return NIB_ERR_INVALID_ARGUMENT;
    nib::write_version(*options, default_options);
    return NIB_OK;
}

nib_status nib_infer_sampler_init(nib_infer_sampler* sampler, const nib_infer_model* model,
                                  const nib_infer_sampler_options* options)
{
    const nib::FloatEnvironment environment;
    if (sampler == nullptr || model == nullptr || options == nullptr) return NIB_ERR_INVALID_ARGUMENT;
    const View& view = view_of(model);
    Recipe recipe{};
    if (const nib_status status = make_recipe(view, *options, recipe); status != NIB_OK) return status;
    new (sampler->opaque) SamplerState{.view = view,
                                       .words = nib::Mt19937(static_cast<std::uint32_t>(recipe.seed)),
                                       .recipe = recipe,
                                       .symbol_bytes = largest_symbol(view)};
    return NIB_OK;
}

nib_status nib_infer_sampler_next(nib_infer_sampler* sampler, char* text, size_t capacity, size_t* length,
                                  void* workspace, size_t workspace_bytes)
{
    const nib::FloatEnvironment environment;
    if (sampler == nullptr || text == nullptr || length == nullptr || workspace == nullptr) {
        return NIB_ERR_INVALID_ARGUMENT;
    }
    SamplerState& s = *std::launder(reinterpret_cast<SamplerState*>(sampler->opaque));
    const View& view = s.view;
    const Recipe& recipe = s.recipe;
    if (capacity < recipe.max_length * s.symbol_bytes) return NIB_ERR_INVALID_ARGUMENT;
    Workspace memory{};
    if (const nib_status status = make_workspace(view, 1, workspace, workspace_bytes, memory); status != NIB_OK) {
        return status;
    }
    Window window(memory.contexts, view.header->inputs);
    each_symbol(view, recipe.start, recipe.start_bytes, [&](std::int32_t id) { window.push(id); });
    std::memcpy(text, recipe.start, recipe.start_bytes);
    char* end = text + recipe.start_bytes;
    draw_item(
        window, recipe.start_symbols, recipe.max_length,
        [&](const std::int32_t* context) {
            float* logits = logits_of_one(view, context, memory);
            return draw_by_words(*view.kernels, s.words, view.header->outputs, recipe.factor, logits);
        },
        [&](std::int32_t id) {
            const std::size_t size = symbol_size(view, id);
            std::memcpy(end, view.symbols + 4 * id, size);
            end += size;
        });
    *length = static_cast<std::size_t>(end - text);
    return NIB_OK;
}

nib_status nib_infer_sample(const nib_infer_model* model, const nib_infer_sampler_options* options, uint64_t first,
                            size_t count, char* text, size_t stride, uint32_t* lengths, void* workspace,
                            size_t workspace_bytes)
{
    const nib::FloatEnvironment environment;
    if (model == nullptr || options == nullptr || workspace == nullptr) return NIB_ERR_INVALID_ARGUMENT;
    if (count > 0 && (text == nullptr || lengths == nullptr)) return NIB_ERR_INVALID_ARGUMENT;
    const View& view = view_of(model);
    Recipe recipe{};
    if (const nib_status status = make_recipe(view, *options, recipe); status != NIB_OK) return status;
    if (count == 0) return NIB_OK;
    if (stride < recipe.max_length * largest_symbol(view)) return NIB_ERR_INVALID_ARGUMENT;
    Workspace memory{};
    if (const nib_status status = make_workspace(view, count, workspace, workspace_bytes, memory); status != NIB_OK) {
        return status;
    }
    sample(view, recipe, first, count, text, stride, lengths, memory);
    return NIB_OK;
}
