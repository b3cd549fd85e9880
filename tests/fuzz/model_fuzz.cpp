// The reader of safetensors files, of models and of checkpoints.
#include "fuzz/fuzz.hpp"
#include "nn/inference.hpp"
#include "nn/model_file.hpp"

using namespace nib;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    // Rows are padded to 16 floats, so that an array of single columns grows by that factor.
    fuzz::CheckedMemory memory(64 * size + (std::size_t{1} << 20));
    fuzz::refusable([&] {
        const Model model = read_model(Safetensors(fuzz::copy_of(bytes, size, &memory), "fuzz"), &memory);
        fuzz::require(model.vocabulary.size() >= 2, "a vocabulary has a symbol");
        fuzz::require(model.layout.parameters * 4 <= static_cast<std::ptrdiff_t>(size),
                      "the file holds the parameters");
    });
    return 0;
}
