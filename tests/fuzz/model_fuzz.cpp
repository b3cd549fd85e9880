// The reader of safetensors files, of models and of checkpoints. The checksum is first removed from the metadata by
// renaming it; otherwise nothing after it would ever be read.
#include "base/finite.hpp"
#include "fuzz/fuzz.hpp"
#include "layers/list.hpp"
#include "net/inference.hpp"
#include "net/model_file.hpp"

#include <algorithm>
#include <string_view>

using namespace nib;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    // Rows are padded to 16 floats, so that an array of single columns grows by that factor.
    fuzz::CheckedMemory memory(64 * size + (std::size_t{1} << 20));
    fuzz::refusable([&] {
        Buffer<char> file = fuzz::copy_of(bytes, size, &memory);
        constexpr std::string_view key = "\"checksum\"";
        char* const found = std::search(file.begin(), file.end(), key.begin(), key.end());
        if (found != file.end()) found[1] = 'C';
        const Model model = read_model(Safetensors(std::move(file), "fuzz"), spec_words(), &memory);
        fuzz::require(model.is_of_text() ? model.vocabulary().size() >= 2 : model.schema().features() > 0,
                      "a model has something to read");
        fuzz::require(model.layout.parameters * 4 <= static_cast<std::ptrdiff_t>(size),
                      "the file holds the parameters");
        fuzz::require(all_finite(model.parameters.span()) && all_finite(model.running.span()),
                      "every number of a model is finite");
        fuzz::require(model.steps >= 0 && model.steps <= most_steps, "steps are in their range");
    });
    return 0;
}
