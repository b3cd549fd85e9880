#include "model_file.hpp"

#include "failure.hpp"
#include "options.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace nib::cli {
namespace {

enum class Kind { model, folded, neither };

// By the first bytes: a safetensors file has a brace behind 8 bytes of length, a folded one begins with 0x89 "nib".
Kind kind_of(std::string_view start)
{
    if (start.starts_with("\x89nib")) return Kind::folded;
    return start.size() > 8 && start[8] == '{' ? Kind::model : Kind::neither;
}

void check_kind(std::string_view start, const std::string& name)
{
    if (kind_of(start) == Kind::neither)
        throw Failure(name + " is neither a model (model.safetensors) nor a folded one (.nib)");
}

Folded folded_of(const Context& context, const ModelSource& source)
{
    nib_folded* handle = nullptr;
    const char* const name = source.name.c_str();
    context.check(source.bytes
                      ? nib_folded_from_memory(context.get(), source.bytes->data(), source.bytes->size(), name, &handle)
                      : nib_folded_load(context.get(), name, &handle));
    return Folded(handle);
}

// Says what was done to a file's numbers and names for the model that they are in by now.
void tell_converted(const Context& context, const nib_model* model, const ModelSource& source)
{
    auto info = sized<nib_model_info>();
    context.check(nib_model_get_info(model, &info));
    if (*info.converted != '\0') note("%s: %s", source.name.c_str(), info.converted);
}

} // namespace

ModelSource open_model(const std::string& path)
{
    ModelSource source{path, "", std::nullopt};
    if (is_regular(path)) {
        source.start = read_start(path);
        check_kind(source.start, path);
    } else {
        Input input = read_input(path, SIZE_MAX, check_kind);
        source = {std::move(input.name), input.bytes.substr(0, start_bytes), std::move(input.bytes)};
    }
    return source;
}

nib_status model_of(const Context& context, const ModelSource& source, Model& model)
{
    nib_model* handle = nullptr;
    const char* const name = source.name.c_str();
    const nib_status status =
        source.bytes ? nib_model_from_memory(context.get(), source.bytes->data(), source.bytes->size(), name, &handle)
                     : nib_model_load(context.get(), name, &handle);
    model.reset(handle);
    if (status == NIB_OK) tell_converted(context, handle, source);
    return status;
}

void set_parameters(const Context& context, nib_model* model, const ModelSource& source)
{
    const char* const name = source.name.c_str();
    context.check(source.bytes
                      ? nib_model_parameters_from_memory(model, source.bytes->data(), source.bytes->size(), name)
                      : nib_model_load_parameters(model, name));
    tell_converted(context, model, source);
}

ModelFile load_model_file(const Context& context, const std::string& path, const std::string& like)
{
    ModelFile file;
    if (!like.empty()) {
        file.model = load_model(context, like);
        set_parameters(context, file.model.get(), open_model(path));
        return file;
    }
    const ModelSource source = open_model(path);
    if (kind_of(source.start) == Kind::folded) {
        file.folded = folded_of(context, source);
        return file;
    }
    const nib_status status = model_of(context, source, file.model);
    if (status == NIB_ERR_MISMATCH) throw Failure(context.message() + "; --like names such a model");
    context.check(status);
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
