// The reader of folded files. Its checksum is made right first, or nothing behind it would ever be read.
#include "deploy/fold.hpp"
#include "deploy/folded.hpp"
#include "fuzz/fuzz.hpp"
#include "nib/infer.h"

#include <vector>

using namespace nib;

namespace {

// As a C program uses a file: open it, and draw an item of a few symbols.
void use(const Buffer<char>& file, Memory* memory)
{
    std::size_t workspace_bytes = 0;
    if (nib_infer_workspace(file.data(), file.size(), 1, &workspace_bytes) != NIB_OK) return;
    Buffer<char> workspace(workspace_bytes, memory);
    nib_infer_model model;
    if (nib_infer_open(file.data(), file.size(), workspace.data(), workspace.size(), &model) != NIB_OK) return;
    nib_infer_sampler_options options;
    nib_infer_sampler_options_default(&options);
    options.max_length = 4;
    static nib_infer_sampler sampler;
    fuzz::require(nib_infer_sampler_init(&sampler, &model, &options) == NIB_OK, "a model that opens can be sampled");
    char text[16];
    std::size_t length = 0;
    fuzz::require(nib_infer_sampler_next(&sampler, text, sizeof text, &length, workspace.data(), workspace.size()) ==
                      NIB_OK,
                  "a model that opens gives items");
    fuzz::require(length <= sizeof text, "an item has no more symbols than were asked for");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    // The workspace is 64 contexts wide, twice.
    fuzz::CheckedMemory memory(256 * size + (std::size_t{1} << 20));
    Buffer<char> file = fuzz::copy_of(bytes, size, &memory);
    if (size >= sizeof(infer::Header)) seal(file);
    use(file, &memory);
    fuzz::refusable([&] {
        Folded folded(std::move(file), "fuzz", &memory);
        std::vector<std::int32_t> context(folded.view().header->context_length);
        folded.logits_of_one(context.data());
    });
    return 0;
}
