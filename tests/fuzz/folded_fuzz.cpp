// The reader of folded files. The checksum is corrected first; otherwise nothing after it would ever be read.
#include "deploy/fold.hpp"
#include "deploy/folded.hpp"
#include "deploy/predict_folded.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/mend_places.hpp"
#include "infer/engine.hpp"
#include "nib/infer.h"

#include <vector>

using namespace nib;

namespace {

constexpr std::size_t items = 3, stride = 16;

// A small file may hold planes of 2^24 numbers, and windows over them that would take minutes.
constexpr std::uint64_t most_workspace = std::uint64_t{1} << 20, most_work = 1 << 22;

bool takes_long(const Buffer<char>& file)
{
    if (infer::check_sizes(file.data(), file.size()) != NIB_OK) return false; // it is refused soon
    const auto& header = *reinterpret_cast<const infer::Header*>(file.data());
    return infer::make_plan(header, 1).bytes() > most_workspace || infer::multiply_adds(header) > most_work;
}

struct Opened {
    Opened(const Buffer<char>& file, std::size_t batch, Memory* memory)
    {
        std::size_t bytes = 0;
        if (nib_infer_workspace(file.data(), file.size(), batch, &bytes) != NIB_OK) return;
        workspace = Buffer<char>(bytes, memory);
        open = nib_infer_open(file.data(), file.size(), workspace.data(), workspace.size(), &model) == NIB_OK;
    }

    Buffer<char> workspace;
    nib_infer_model model;
    bool open = false;
};

nib_infer_sampler_options short_items()
{
    nib_infer_sampler_options options;
    options.struct_size = sizeof options;
    nib_infer_sampler_options_default(&options);
    options.max_length = 4;
    return options;
}

// Predicts rows singly and side by side.
void use_table(Opened& one)
{
    nib_infer_info info{};
    info.struct_size = sizeof info;
    fuzz::require(nib_infer_get_info(&one.model, &info) == NIB_OK, "a model that opens tells what it is");
    const std::vector<float> row(static_cast<std::size_t>(info.features), 1.0f);
    std::vector<float> y(static_cast<std::size_t>(info.outputs));
    fuzz::require(nib_infer_run(&one.model, row.data(), 1, y.data(), one.workspace.data(), one.workspace.size()) ==
                      NIB_OK,
                  "a model that opens gives numbers");
    std::int32_t found = -1;
    if (info.classes == 0) return;
    fuzz::require(nib_infer_classify(&one.model, row.data(), 1, &found, one.workspace.data(), one.workspace.size()) ==
                          NIB_OK &&
                      found >= 0 && found < info.classes,
                  "a row has a class");
    const char* text = nullptr;
    std::size_t length = 0;
    fuzz::require(nib_infer_class_name(&one.model, info.classes - 1, &text, &length) == NIB_OK, "a class has a name");
}

// Uses the file as a C program does: opens it, and draws items of a few symbols, one at a time and side by side.
void use(const Buffer<char>& file, Memory* memory)
{
    Opened one(file, 1, memory);
    if (!one.open) return;
    const nib_infer_sampler_options options = short_items();
    if (reinterpret_cast<const infer::Header*>(file.data())->answers != infer::Answers::symbols) return use_table(one);
    static nib_infer_sampler sampler;
    fuzz::require(nib_infer_sampler_init(&sampler, &one.model, &options) == NIB_OK,
                  "a model that opens can be sampled");
    char text[items * stride];
    std::size_t length = 0;
    fuzz::require(nib_infer_sampler_next(&sampler, text, stride, &length, one.workspace.data(), one.workspace.size()) ==
                      NIB_OK,
                  "a model that opens gives items");
    fuzz::require(length <= stride, "an item has no more symbols than were asked for");
    double probability = 0;
    nib_infer_log_probability(&one.model, text, length, &probability, one.workspace.data(), one.workspace.size());

    Opened batch(file, 32, memory);
    std::uint32_t lengths[items];
    fuzz::require(batch.open && nib_infer_sample(&batch.model, &options, 0, items, text, stride, lengths,
                                                 batch.workspace.data(), batch.workspace.size()) == NIB_OK,
                  "a model that opens gives many items");
    for (const std::uint32_t each : lengths) fuzz::require(each <= stride, "nor have many");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    // A workspace of 64 contexts has up to 19 places, each as wide as a product of eight bits, 4 bytes an input.
    fuzz::CheckedMemory memory(512 * size + (std::size_t{1} << 20));
    Buffer<char> file = fuzz::copy_of(bytes, size, &memory);
    if (size >= sizeof(infer::Header)) {
        auto& header = *reinterpret_cast<infer::Header*>(file.data());
        const std::size_t room = (size - sizeof header) / sizeof(infer::Operation);
        // In files of odd sizes the places stay wrong.
        if (size % 2 == 0 && header.operations <= room)
            fuzz::mend_places(header, reinterpret_cast<infer::Operation*>(&header + 1), header.operations);
        seal(file);
    }
    if (takes_long(file)) return 0;
    use(file, &memory);
    fuzz::refusable([&] {
        Folded folded(std::move(file), "fuzz", &memory);
        if (folded.view().is_of_text()) {
            const std::vector<std::int32_t> context(folded.view().header->inputs);
            folded.logits_of_one(context.data());
        } else {
            const std::vector<float> row(folded.view().header->inputs, 1.0f);
            std::vector<float> y(static_cast<std::size_t>(predictions_of(folded)));
            predict(folded, row.data(), 1, folded.view().inputs(), y.data(), 1);
        }
    });
    return 0;
}
