#include "model_file.hpp"

#include "failure.hpp"
#include "options.hpp"

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

Model load_trained(const Context& context, const std::string& path)
{
    nib_model* model = nullptr;
    const nib_status status = nib_model_load(context.get(), path.c_str(), &model);
    if (status == NIB_ERR_MISMATCH)
        throw Failure(std::string(nib_context_message(context.get())) + "; --like names such a model");
    context.check(status);
    return Model(model);
}

} // namespace

ModelFile load_model_file(const Context& context, const std::string& path, const std::string& like)
{
    ModelFile file;
    if (!like.empty()) {
        file.model = load_model(context, like);
        context.check(nib_model_load_parameters(file.model.get(), path.c_str()));
        return file;
    }
    switch (kind_of(path)) {
    case Kind::model:
        file.model = load_trained(context, path);
        break;
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

Model load_model(const Context& context, const std::string& path, const std::string& like)
{
    ModelFile file = load_model_file(context, path, like);
    if (!file.model) throw Failure(path + " is a folded model: this command works on a model.safetensors");
    return std::move(file.model);
}

void add_like(CLI::App& command, std::string& like)
{
    add_path(command, "--like", like,
             "for a state_dict that PyTorch saved: a model.safetensors\nwith its network and vocabulary")
        ->type_name("FILE");
}

} // namespace nib::cli
