#include "deploy/fold.hpp"

#include "base/crc32c.hpp"
#include "base/error.hpp"
#include "deploy/bad_number.hpp"
#include "deploy/class_names.hpp"
#include "deploy/fold_numbers.hpp"
#include "infer/engine.hpp"
#include "net/text.hpp"
#include "random/mt19937.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace nib {

namespace {

void write_symbols(const Vocabulary& vocabulary, char* to)
{
    for (std::int32_t id = 1; id < vocabulary.size(); ++id) {
        const std::string_view text = vocabulary.text(id);
        std::copy(text.begin(), text.end(), to + 4 * id);
    }
}

// The empty context, then random ones.
void write_test_contexts(const infer::Header& header, std::int32_t* to)
{
    Mt19937 words(1);
    for (std::uint32_t i = 0; i < header.tests * header.inputs; ++i) {
        to[i] = i < header.inputs ? 0 : static_cast<std::int32_t>(words() % header.outputs);
    }
}

// The model's numbers, or their products, may be too large for a float.
void check_numbers(const infer::View& view)
{
    infer::BadNumber bad;
    if (!infer::find_bad_number(view, bad)) return;
    throw Error(NIB_ERR_DIVERGED, "the model cannot be folded: %s", describe(view, bad).c_str());
}

infer::View view_of(const Buffer<char>& file)
{
    infer::View view{};
    if (infer::check_sizes(file.data(), file.size()) != NIB_OK || infer::map(file.data(), view) != NIB_OK)
        throw Error(NIB_ERR_INTERNAL, "folding made a bad file");
    check_numbers(view);
    view.use(infer_kernels());
    return view;
}

// The engine itself computes the outputs; the certificate says how close they are to the model's.
void write_test_outputs(const infer::View& view, Buffer<char>& file, Memory* memory)
{
    const infer::Header& header = *view.header;
    Buffer<char> scratch(infer::make_plan(header, 1).bytes(), memory);
    infer::Workspace workspace{};
    infer::make_workspace(view, 1, scratch.data(), scratch.size(), workspace);
    auto* to = reinterpret_cast<float*>(file.data() + infer::parts_of(header).test_outputs);
    for (std::uint32_t test = 0; test < header.tests; ++test, to += infer::test_outputs(header)) {
        const float* outputs = infer::outputs_of_test(view, test, workspace);
        for (std::ptrdiff_t i = 0; i < view.outputs(); ++i) {
            if (!std::isfinite(outputs[i]))
                throw Error(NIB_ERR_DIVERGED, "the model's outputs are not finite: it is of no use");
        }
        infer::test_outputs_of(view, outputs, to);
    }
}

} // namespace

const infer::EngineTable* infer_kernels() { return infer::table_of(kernels::table()->isa); }

void seal(Buffer<char>& file)
{
    auto& header = *reinterpret_cast<infer::Header*>(file.data());
    header.crc = crc32c(file.data() + infer::checked_from, file.size() - infer::checked_from);
}

Draft draft(const Model& model, Memory* memory, const FoldAs& as)
{
    const std::string text = print_network(model.network.items());
    const std::string schema = model.is_of_text() ? "" : text_without_classes(model.schema());
    const std::string names = model.is_of_text() ? "" : section_of_names(model.schema().classes);
    const FoldPlan plan = plan_fold({.network = model.network,
                                     .answers = answers_of(model.is_of_text(), *model.loss.kind),
                                     .encoding = model.is_of_text() ? model.vocabulary().encoding() : NIB_ENCODING_UTF8,
                                     .name_bytes = names.size(),
                                     .schema_bytes = schema.size(),
                                     .text_bytes = text.size(),
                                     .weights = as.weights,
                                     .first_layer = as.first_layer},
                                    memory);
    const infer::Header& header = plan.header();
    const infer::FileParts at = infer::parts_of(header);
    Buffer<char> file(static_cast<std::size_t>(header.file_bytes), memory);
    std::copy(plan.head.begin(), plan.head.end(), file.begin());
    if (model.is_of_text()) {
        write_symbols(model.vocabulary(), file.data() + at.symbols);
        write_test_contexts(header, reinterpret_cast<std::int32_t*>(file.data() + at.test_contexts));
    }
    std::copy(names.begin(), names.end(), file.data() + at.names);
    std::copy(schema.begin(), schema.end(), file.data() + at.schema);
    std::copy(text.begin(), text.end(), file.data() + at.text);
    for (const FoldedOperation& each : plan.operations)
        write_section(model, each, file.data() + at.sections + each.operation.section);
    const infer::View view = view_of(file);
    write_test_outputs(view, file, memory);
    return {std::move(file), view};
}

Buffer<char> fold(const Model& model, Memory* memory, const FoldAs& as)
{
    Buffer<char> file = draft(model, memory, as).file;
    seal(file);
    return file;
}

} // namespace nib
