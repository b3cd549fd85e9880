// A separate program with nib.hpp: trains on the file's few names, folds, samples.
#include <nib/nib.hpp>

#include <cstdio>
#include <string>

int main()
{
    std::string lines;
    for (const char* name : {"emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "noah", "liam", "jo"})
        lines += std::string(name) + "\n";
    try {
        const nib::context context(1);
        const nib::dataset data = nib::dataset::from_memory(context, lines, "names");
        nib::recipe recipe("lecture-deep");
        recipe.train.steps = 100;
        const nib::model_options options("embedding 4, flatten, linear 20, tanh, linear", "symbols context=3");
        nib::model model(context, options, data);
        for (const nib_layer_info& layer : model.layers()) std::printf("%s %s\n", layer.position, layer.text);
        nib::trainer(context, model, data, recipe.train).run(recipe.train.steps);
        nib::folded folded = model.fold();
        nib::sampler sampler(folded);
        for (int i = 0; i < 3; ++i) std::printf("%s\n", sampler.next().c_str());
    } catch (const nib::error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
