// Calls for contexts, data sets and presets, and those that need no handle.
#include "fuzz/calls/session.hpp"

#include <string_view>

namespace nib::fuzz {

const char* Context::destroy()
{
    nib_context_destroy(handle);
    require(hooks == nullptr || hooks->live() == 0, "a context that ends has given back all memory");
    return "nib_context_destroy";
}

const char* Dataset::destroy()
{
    nib_dataset_destroy(handle);
    return "nib_dataset_destroy";
}

namespace {

void context_options_default(Session& s)
{
    Output<nib_context_options> options(s);
    const nib_status status = NIB_CALL(s, nullptr, (), nib_context_options_default, options.pointer());
    options.check(status);
    if (status == NIB_OK) s.check(options.value.threads == 0 && options.value.allocate == nullptr, "the defaults");
}

void context_create(Session& s)
{
    if (s.count<Context>() == 3) return;
    auto made = std::make_unique<Context>();
    if (!s.random.one_in(4)) made->hooks = std::make_unique<Hooks>();
    nib_context_options options = sized<nib_context_options>();
    const std::int32_t threads = s.threads();
    if (made->hooks != nullptr) options = made->hooks->options(threads);
    // The largest number of threads should not be started: such a context ends at once.
    const bool brief = s.random.one_in(30);
    options.threads = brief ? s.random.of({0, 1024}) : s.within<std::int32_t>(threads, {-1, 1025, INT_MAX, INT_MIN});
    options.struct_size = s.within<std::size_t>(sizeof options, {0, sizeof options - 1, sizeof options + 8});
    if (made->hooks != nullptr && s.odd()) {
        options.deallocate = nullptr;
        s.expect_refusal();
    }
    const bool wanted = !s.odd();
    if (!wanted) s.expect_refusal();
    const nib_status status = NIB_CALL(s, nullptr, (), nib_context_create, &options, wanted ? &made->handle : nullptr);
    s.check((made->handle != nullptr) == (status == NIB_OK), "a context is made where the answer is NIB_OK");
    if (status != NIB_OK) return;
    Context* const context = made.get();
    s.keep(std::move(made));
    if (brief) s.end(context);
}

void context_questions(Session& s)
{
    const Context* context = s.some<Context>();
    const nib_context* handle = context != nullptr && !s.odd() ? context->handle : nullptr;
    const std::int32_t threads = nib_context_threads(handle);
    s.note("nib_context_threads");
    s.check(handle == nullptr ? threads == 0 : threads >= 1 && threads <= 3, "a context's threads are those asked for");
    s.mix(std::string(nib_context_isa(handle)));
    s.note("nib_context_isa");
    s.mix(std::string(nib_context_message(handle)));
    s.note("nib_context_message");
}

void no_handle(Session& s)
{
    char bytes[64];
    for (char& byte : bytes) byte = static_cast<char>(s.random.next());
    const std::size_t size = s.random.below(sizeof bytes + 1);
    s.mix(nib_crc32c(size > 0 ? bytes : nullptr, size));
    s.note("nib_crc32c");
    s.mix(std::string(nib_version()));
    s.note("nib_version");
    int status = 0;
    make_odd(s.random, status);
    s.mix(std::string(nib_status_string(test::unknown<nib_status>(status))));
    s.note("nib_status_string");
    std::size_t index = s.random.below(15);
    if (s.odd()) make_odd(s.random, index);
    const char* name = nib_preset_name(index);
    s.note("nib_preset_name");
    s.check((name != nullptr) == (index < 12), "there are twelve presets");
}

void preset(Session& s)
{
    Output<nib_model_options> model(s);
    Output<nib_train_options> train(s);
    const char* name = s.needed(nib_preset_name(s.random.below(7)));
    if (s.odd() && name != nullptr) {
        name = s.random.of<const char*>({"", "no such", "%s%n", "Default"});
        s.expect_refusal();
    }
    // Either output may be NULL, and its size then does not matter: only an output of the right size is left out.
    const bool with_model = model.value.struct_size != sizeof model.value || !s.random.one_in(4);
    const bool with_train = train.value.struct_size != sizeof train.value || !s.random.one_in(4);
    const nib_status status = NIB_CALL(s, nullptr, (), nib_preset, name, with_model ? &model.value : nullptr,
                                       with_train ? &train.value : nullptr);
    model.check(status);
    train.check(status);
}

std::size_t options_of(nib_status (*describe)(std::size_t, nib_option_info*))
{
    auto info = sized<nib_option_info>();
    std::size_t count = 0;
    while (describe(count, &info) == NIB_OK) ++count;
    return count;
}

void option(Session& s)
{
    Output<nib_option_info> info(s);
    const bool of_model = s.random.one_in(2);
    const std::size_t count = options_of(of_model ? nib_model_option : nib_train_option);
    const std::size_t size = of_model ? sizeof(nib_model_options) : sizeof(nib_train_options);
    const std::size_t index = s.within<std::size_t>(s.random.below(count), {count, SIZE_MAX});
    const nib_status status = of_model ? NIB_CALL(s, nullptr, (), nib_model_option, index, info.pointer())
                                       : NIB_CALL(s, nullptr, (), nib_train_option, index, info.pointer());
    info.check(status);
    if (status != NIB_OK) return;
    s.check(info.value.offset >= sizeof(std::size_t) && info.value.offset < size, "an option is a member");
    s.mix(std::string(info.value.name));
}

std::string some_text(Session& s)
{
    std::string text = test::small_text;
    switch (s.random.below(12)) {
    case 0:
        return "";
    case 1:
        return "one\ntwo\n";
    case 2:
        return text + std::string(s.random.of({4096, 4097}), 'a') + "\n";
    case 3:
        return text + "caf\xc3\xa9\n\xf0\x9f\x98\x80\r\n\r\n\n";
    case 4:
        return text + "\xff\xfe\xc0\x80\n";
    case 5:
        for (char& c : text) c = s.random.one_in(4) ? static_cast<char>(s.random.next()) : c;
        return text;
    default:
        return text;
    }
}

nib_dataset_options dataset_options(Session& s)
{
    auto options = sized<nib_dataset_options>();
    options.shuffle_seed = static_cast<std::uint32_t>(s.random.below(3));
    options.encoding = s.one_of({NIB_ENCODING_UTF8, NIB_ENCODING_BYTES});
    options.struct_size = s.within<std::size_t>(sizeof options, {0, 8, sizeof options - 1, SIZE_MAX});
    const Model* model = s.some<Model>();
    if (model != nullptr && s.random.one_in(3)) options.vocabulary_of = model->handle;
    return options;
}

void keep_dataset(Session& s, std::unique_ptr<Dataset> made, nib_status status)
{
    s.check((made->handle != nullptr) == (status == NIB_OK), "a data set is made where the answer is NIB_OK");
    if (status != NIB_OK) return;
    made->info.struct_size = sizeof made->info;
    require(nib_dataset_get_info(made->handle, &made->info) == NIB_OK, "a data set has information");
    made->uses = {made->context};
    s.keep(std::move(made));
}

void dataset_load(Session& s)
{
    if (s.count<Dataset>() == 4) return;
    auto made = std::make_unique<Dataset>();
    made->context = s.some<Context>();
    nib_context* context = s.handle_of(made->context);
    const std::string path = s.random.one_in(2) ? s.materials.readable.front() : s.path_to_read();
    const char* file = s.needed(path.c_str());
    const bool defaults = s.random.one_in(2);
    const nib_dataset_options options = defaults ? nib_dataset_options{} : dataset_options(s);
    nib_dataset** out = s.needed(&made->handle);
    const nib_status status =
        NIB_CALL(s, context != nullptr ? made->context : nullptr, (NIB_ERR_IO, NIB_ERR_DATA, NIB_ERR_MISMATCH),
                 nib_dataset_load, context, file, defaults ? nullptr : &options, out);
    keep_dataset(s, std::move(made), status);
}

void dataset_from_memory(Session& s)
{
    if (s.count<Dataset>() == 4) return;
    auto made = std::make_unique<Dataset>();
    made->context = s.some<Context>();
    nib_context* context = s.handle_of(made->context);
    const std::string text = some_text(s);
    const std::vector<char> exact(text.begin(), text.end());
    const char* name = s.needed("the %s data");
    const char* bytes = s.needed(exact.empty() ? "" : exact.data());
    const bool defaults = s.random.one_in(2);
    const nib_dataset_options options = defaults ? nib_dataset_options{} : dataset_options(s);
    nib_dataset** out = s.needed(&made->handle);
    const nib_status status =
        NIB_CALL(s, context != nullptr ? made->context : nullptr, (NIB_ERR_DATA, NIB_ERR_MISMATCH),
                 nib_dataset_from_memory, context, bytes, exact.size(), name, defaults ? nullptr : &options, out);
    keep_dataset(s, std::move(made), status);
}

// Goes through all items of a text, or makes one call with a wrong argument.
void text_next_item(Session& s)
{
    const std::string text = some_text(s);
    const std::vector<char> exact(text.begin(), text.end());
    const char* bytes = exact.empty() ? nullptr : s.needed(exact.data());
    const auto encoding = s.one_of({NIB_ENCODING_UTF8, NIB_ENCODING_BYTES});
    std::size_t at = 0, length = 0;
    std::int64_t line = 0;
    const char* item = nullptr;
    std::size_t* place = s.needed(&at);
    const char** out = s.needed(&item);
    do {
        const std::size_t before = at;
        const nib_status status =
            NIB_CALL(s, nullptr, (), nib_text_next_item, bytes, exact.size(), encoding, place, &line, out, &length);
        if (status != NIB_OK) return;
        s.check(at > before || item == nullptr, "each call goes on");
        s.check(item == nullptr || (item >= bytes && length > 0 && item + length <= bytes + exact.size()),
                "an item lies in the text");
        s.mix(static_cast<std::int64_t>(length));
    } while (item != nullptr);
}

void dataset_options_default(Session& s)
{
    Output<nib_dataset_options> options(s);
    const nib_status status = NIB_CALL(s, nullptr, (), nib_dataset_options_default, options.pointer());
    options.check(status);
}

void dataset_get_info(Session& s)
{
    const Dataset* dataset = s.some<Dataset>();
    nib_dataset* handle = s.handle_of(dataset);
    Output<nib_dataset_info> info(s);
    const nib_status status =
        NIB_CALL(s, handle != nullptr ? dataset->context : nullptr, (), nib_dataset_get_info, handle, info.pointer());
    info.check(status);
    if (status == NIB_OK) s.mix(info.value.items);
}

void dataset_symbol(Session& s)
{
    const Dataset* dataset = s.some<Dataset>();
    nib_dataset* handle = s.handle_of(dataset);
    const std::int32_t size = dataset != nullptr ? dataset->info.vocabulary : 1;
    const auto id = static_cast<std::int32_t>(s.random.below(static_cast<std::size_t>(size)));
    const std::int32_t asked = s.within(id, {-1, size, INT_MAX, INT_MIN});
    Output<const char*> text(s);
    const nib_status status = NIB_CALL(s, handle != nullptr ? dataset->context : nullptr, (), nib_dataset_symbol,
                                       handle, asked, text.pointer());
    text.check(status);
    if (status == NIB_OK) s.mix(std::string(text.value));
}

void dataset_examples(Session& s)
{
    const Dataset* dataset = s.some<Dataset>();
    nib_dataset* handle = s.handle_of(dataset);
    const auto split = s.one_of({NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST});
    const bool known = split >= NIB_SPLIT_TRAIN && split <= NIB_SPLIT_TEST && dataset != nullptr;
    const std::int64_t all = known ? dataset->info.examples[split] : 0;
    const auto first = static_cast<std::int64_t>(s.random.below(static_cast<std::size_t>(all) + 1));
    const auto count = static_cast<std::int64_t>(s.random.below(static_cast<std::size_t>(all - first) + 1));
    const std::int64_t first_asked = s.within<std::int64_t>(first, {-1, all + 1, INT64_MAX, INT64_MIN});
    const std::int64_t count_asked = s.within<std::int64_t>(count, {-1, all - first + 1, INT64_MAX, INT64_MIN});
    const std::int32_t length = s.random.of({1, 3, 8, 256});
    const std::int32_t length_asked = s.within<std::int32_t>(length, {0, -1, 257, INT_MAX, INT_MIN});
    std::vector<std::int32_t> contexts(static_cast<std::size_t>(count * length)),
        targets(static_cast<std::size_t>(count));
    const nib_status status =
        NIB_CALL(s, handle != nullptr ? dataset->context : nullptr, (), nib_dataset_examples, handle, split,
                 first_asked, count_asked, length_asked, s.random.one_in(4) ? nullptr : contexts.data(),
                 s.random.one_in(4) ? nullptr : targets.data());
    if (status != NIB_OK) return;
    s.mix(contexts.data(), contexts.size() * sizeof contexts[0]);
    s.mix(targets.data(), targets.size() * sizeof targets[0]);
}

void write_file(Session& s)
{
    Context* const context = s.some<Context>();
    nib_context* const handle = s.handle_of(context);
    const std::string path = s.path_to_write(), text = some_text(s);
    const std::vector<char> exact(text.begin(), text.end());
    const char* const bytes = exact.empty() ? nullptr : s.needed(exact.data());
    NIB_CALL(s, handle != nullptr ? context : nullptr, (NIB_ERR_IO), nib_write_file, handle, s.needed(path.c_str()),
             bytes, exact.size());
}

// Converts the whole, a part that fits some capacity, and the result again: visible text is not changed.
void visible_text(Session& s)
{
    std::string text = some_text(s);
    for (char& c : text) c = s.random.one_in(8) ? static_cast<char>(s.random.next()) : c;
    const std::vector<char> exact(text.begin(), text.end());
    const std::size_t size = nib_visible_text(exact.data(), exact.size(), nullptr, 0);
    s.note("nib_visible_text");
    s.check(size <= 4 * exact.size(), "a byte becomes four at most");
    std::vector<char> whole(size + 1), again(size + 1), cut(s.random.below(size + 1) + 1);
    nib_visible_text(exact.data(), exact.size(), whole.data(), whole.size());
    nib_visible_text(exact.data(), exact.size(), cut.data(), cut.size());
    s.check(std::strlen(whole.data()) == size, "the size is that of the text");
    s.check(std::strncmp(whole.data(), cut.data(), std::strlen(cut.data())) == 0, "a cut text is the beginning");
    s.check(nib_visible_text(whole.data(), size, again.data(), again.size()) == size && whole == again,
            "visible text stays as it is");
    s.mix(std::string(whole.data()));
}

// Ends one handle, and with it everything that uses it.
void destroy(Session& s)
{
    if (s.random.one_in(8)) {
        nib_context_destroy(nullptr);
        nib_dataset_destroy(nullptr);
        nib_model_destroy(nullptr);
        nib_trainer_destroy(nullptr);
        nib_folded_destroy(nullptr);
        nib_sampler_destroy(nullptr);
        nib_row_reader_destroy(nullptr);
    }
    const Entry* entry = s.some<Entry>();
    // Ending a context would end everything.
    if (entry == nullptr || (dynamic_cast<const Context*>(entry) != nullptr && !s.random.one_in(8))) return;
    s.end(entry);
}

} // namespace

const std::vector<Operation> dataset_operations = {dataset_from_memory, dataset_load};
const std::vector<Operation> data_operations = {context_create,
                                                context_options_default,
                                                context_create,
                                                context_questions,
                                                no_handle,
                                                preset,
                                                option,
                                                dataset_options_default,
                                                dataset_load,
                                                dataset_from_memory,
                                                dataset_from_memory,
                                                text_next_item,
                                                dataset_get_info,
                                                dataset_symbol,
                                                dataset_examples,
                                                write_file,
                                                visible_text,
                                                destroy};

} // namespace nib::fuzz
