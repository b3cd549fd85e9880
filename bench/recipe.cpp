#include "recipe.hpp"

#include "base/heap.hpp"
#include "layers/list.hpp"
#include "net/model_options.hpp"
#include "train/presets.hpp"

namespace nib::bench {

Recipe preset_recipe(const std::string& name)
{
    const Preset& preset = *find_preset(name);
    return {.network = preset.model.network, .input = preset.model.input, .train = preset.train};
}

Recipe wide_recipe(int hidden)
{
    Recipe recipe = preset_recipe("lecture-deep");
    const char* const layers = hidden > 1024 ? "2" : "5"; // half a gigabyte would do nothing new
    recipe.network = "embedding 10, flatten, " + std::string(layers) + " x (linear " + std::to_string(hidden) +
                     " gain=1, batchnorm variance=unbiased, tanh), linear, "
                     "batchnorm variance=unbiased gain=0.1";
    return recipe;
}

Model new_model(const Recipe& recipe)
{
    nib_model_options options = initial_model_options();
    options.network = recipe.network.c_str();
    options.input = recipe.input.c_str();
    const DataFormat format = recipe.data().format();
    Model model({read_options(options, spec_words()), shape_of(format)}, format, process_heap());
    initialise(model);
    return model;
}

nib_train_options without_end(nib_train_options options, int batch)
{
    options.batch_size = batch;
    options.steps = std::int64_t{1} << 40;
    return options;
}

} // namespace nib::bench
