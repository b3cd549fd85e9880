#include "model_file.hpp"

#include "failure.hpp"

#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace nib::cli {
namespace {

enum class Kind { model, folded, neither };

// By the first bytes: a safetensors file has a brace behind 8 bytes of length, a folded one begins with 0x89 "nib". A
// file that cannot be read is left to a loader and its message.
Kind kind_of(const std::string& path)
{
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    char start[9] = {};
    if (!file || (std::fread(start, 1, sizeof start, file.get()) == 0 && std::ferror(file.get()) != 0))
        return Kind::model;
    if (std::memcmp(start, "\x89nib", 4) == 0) return Kind::folded;
    return start[8] == '{' ? Kind::model : Kind::neither;
}

} // namespace

ModelFile load_model_file(const Context& context, const std::string& path)
{
    ModelFile file;
    switch (kind_of(path)) {
    case Kind::model: {
        nib_model* model = nullptr;
        context.check(nib_model_load(context.get(), path.c_str(), &model));
        file.model.reset(model);
        break;
    }
    case Kind::folded: {
        nib_folded* folded = nullptr;
        context.check(nib_folded_load(context.get(), path.c_str(), &folded));
        file.folded.reset(folded);
        break;
    }
    case Kind::neither:
        throw Failure(path + " is neither a model (model.safetensors) nor a folded one (.nib)");
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
