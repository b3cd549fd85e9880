#include "model_file.hpp"

#include "failure.hpp"

#include <cstdio>
#include <memory>
#include <utility>

namespace nib::cli {
namespace {

// A safetensors file begins with the length of its header in 8 bytes, and the header with a brace. A file that cannot
// be read is left to the loader and its message.
bool is_folded(const std::string& path)
{
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    char start[9];
    return file && std::fread(start, 1, sizeof start, file.get()) == sizeof start && start[8] != '{';
}

} // namespace

ModelFile load_model_file(const Context& context, const std::string& path)
{
    ModelFile file;
    if (is_folded(path)) {
        nib_folded* folded = nullptr;
        context.check(nib_folded_load(context.get(), path.c_str(), &folded));
        file.folded.reset(folded);
    } else {
        nib_model* model = nullptr;
        context.check(nib_model_load(context.get(), path.c_str(), &model));
        file.model.reset(model);
    }
    return file;
}

Model load_model(const Context& context, const std::string& path)
{
    ModelFile file = load_model_file(context, path);
    if (!file.model) throw Failure(path + " is a folded model: this command works on a model.safetensors");
    return std::move(file.model);
}

} // namespace nib::cli
