#include "api/dataset.hpp"

#include "api/folded.hpp"
#include "api/guard.hpp"
#include "api/model.hpp"
#include "base/check.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <string_view>

using namespace nib;

namespace {

nib_dataset_options default_options()
{
    const TextOptions text;
    return {sizeof(nib_dataset_options), text.encoding, text.shuffle_seed, nullptr, nullptr};
}

TextOptions text_options(const nib_dataset_options* options)
{
    const nib_dataset_options used = api::used_options(options, default_options());
    check_enum("encoding", used.encoding, NIB_ENCODING_BYTES);
    const nib_model* const model = used.vocabulary_of;
    const nib_folded* const folded = used.vocabulary_of_folded;
    if (model != nullptr && folded != nullptr)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "vocabulary_of and vocabulary_of_folded are both given: expected one");
    const Vocabulary* vocabulary = model != nullptr ? &model->model.vocabulary() : nullptr;
    if (folded != nullptr) vocabulary = &folded->folded.vocabulary();
    return {used.encoding, used.shuffle_seed, vocabulary};
}

void describe(const DataTable& table, nib_dataset_info& info)
{
    const Schema& schema = table.schema();
    info.columns = static_cast<int32_t>(schema.columns.size());
    info.features = static_cast<int32_t>(table.features());
    info.classes = static_cast<int32_t>(schema.classes.size());
    info.targets = schema.task == Task::numbers ? static_cast<int32_t>(schema.targets.size()) : 0;
    info.has_weights = table.has_weights() ? 1 : 0;
}

} // namespace

nib_status nib_dataset_options_default(nib_dataset_options* options)
{
    return api::guard(nullptr, [&] { api::write_struct("options", options, default_options()); });
}

nib_status nib_dataset_load(nib_context* context, const char* path, const nib_dataset_options* options,
                            nib_dataset** dataset)
{
    return api::guard("context", context, [&] {
        api::check_pointer("path", path);
        api::check_pointer("dataset", dataset);
        *dataset = new nib_dataset{context, Dataset(load_text(path, text_options(options), context->memory)), ""};
    });
}

nib_status nib_dataset_from_memory(nib_context* context, const char* text, size_t size, const char* name,
                                   const nib_dataset_options* options, nib_dataset** dataset)
{
    return api::guard("context", context, [&] {
        api::check_pointer("text", text);
        api::check_pointer("name", name);
        api::check_pointer("dataset", dataset);
        *dataset =
            new nib_dataset{context, Dataset(Text({text, size}, name, text_options(options), context->memory)), ""};
    });
}

void nib_dataset_destroy(nib_dataset* dataset) { delete dataset; }

nib_status nib_text_next_item(const char* text, size_t size, nib_encoding encoding, size_t* at, int64_t* line,
                              const char** item, size_t* length)
{
    return api::guard(nullptr, [&] {
        if (size > 0) api::check_pointer("text", text);
        check_enum("encoding", encoding, NIB_ENCODING_BYTES);
        api::check_pointer("at", at);
        api::check_pointer("line", line);
        api::check_pointer("item", item);
        api::check_pointer("length", length);
        const std::string_view bytes(text, size);
        if (*at == 0) *at = first_line(bytes, encoding);
        std::string_view found;
        while (found.empty() && *at < size) {
            found = next_line(bytes, *at);
            ++*line;
        }
        *item = found.empty() ? nullptr : found.data();
        *length = found.size();
    });
}

nib_status nib_dataset_get_info(const nib_dataset* dataset, nib_dataset_info* info)
{
    return api::guard("dataset", dataset, [&] {
        nib_dataset_info all{};
        for (const nib_split split : {NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST})
            all.examples[split] = dataset->data.examples(split);
        all.checksum = dataset->data.checksum();
        all.note = dataset->note.c_str();
        if (const Text* text = dataset->data.text()) {
            all.items = text->items();
            all.empty_lines = text->empty_lines();
            all.longest_item = text->longest_item();
            all.vocabulary = text->vocabulary().size();
            all.encoding = text->vocabulary().encoding();
        } else {
            describe(*dataset->data.table(), all);
        }
        api::write_struct("info", info, all);
    });
}

nib_status nib_dataset_symbol(const nib_dataset* dataset, int32_t id, const char** text)
{
    return api::guard("dataset", dataset, [&] {
        api::check_pointer("text", text);
        check_range("id", id, 0, api::text_of(dataset).vocabulary().size() - 1);
        *text = api::text_of(dataset).vocabulary().text(id).data();
    });
}

nib_status nib_dataset_examples(const nib_dataset* dataset, nib_split split, int64_t first, int64_t count,
                                int32_t context_length, int32_t* contexts, int32_t* targets)
{
    return api::guard("dataset", dataset, [&] {
        check_enum("split", split, NIB_SPLIT_TEST);
        const std::int64_t examples = api::text_of(dataset).examples(split);
        check_range("first", first, 0, examples);
        check_range("count", count, 0, examples - first);
        check_range("context_length", context_length, 1, Text::max_context_length);
        api::text_of(dataset).gather(split, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(count),
                                     context_length, contexts, targets);
    });
}
