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
