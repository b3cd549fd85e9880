#include "model_file.hpp"

#include "failure.hpp"
#include "options.hpp"

#include <string_view>
#include <utility>

namespace nib::cli {
namespace {

enum class Kind { model, folded, neither };

// By the first bytes: a safetensors file has a brace behind 8 bytes of length, a folded one begins with 0x89 "nib".
Kind kind_of(std::string_view bytes)
{
    if (bytes.starts_with("\x89nib")) return Kind::folded;
    return bytes.size() > 8 && bytes[8] == '{' ? Kind::model : Kind::neither;
}

} // namespace

nib_status model_of(const Context& context, const Input& input, Model& model)
{
    nib_model* handle = nullptr;
    const nib_status status =
        nib_model_from_memory(context.get(), input.bytes.data(), input.bytes.size(), input.name.c_str(), &handle);
    model.reset(handle);
    return status;
}

void set_parameters(const Context& context, nib_model* model, const Input& input)
{
    context.check(nib_model_parameters_from_memory(model, input.bytes.data(), input.bytes.size(), input.name.c_str()));
}

ModelFile load_model_file(const Context& context, const std::string& path, const std::string& like)
{
    ModelFile file;
    if (!like.empty()) {
        file.model = load_model(context, like);
        set_parameters(context, file.model.get(), read_input(path));
        return file;
    }
    const Input input = read_input(path);
    switch (kind_of(input.bytes)) {
    case Kind::model: {
        const nib_status status = model_of(context, input, file.model);
        if (status == NIB_ERR_MISMATCH) throw Failure(context.message() + "; --like names such a model");
        context.check(status);
        break;
    }
    case Kind::folded: {
        nib_folded* folded = nullptr;
        context.check(
            nib_folded_from_memory(context.get(), input.bytes.data(), input.bytes.size(), input.name.c_str(), &folded));
        file.folded.reset(folded);
        break;
    }
    case Kind::neither:
        throw Failure(input.name + " is neither a model (model.safetensors) nor a folded one (.nib)");
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
