#include "model_file.hpp"

#include "failure.hpp"
#include "options.hpp"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace nib::cli {
namespace {

constexpr std::size_t most_map = std::size_t{16} << 20; // bytes of a map of names

enum class Kind { model, folded, neither };

// Decided by the first bytes: a safetensors file has a brace behind 8 bytes of length, a folded one begins with 0x89
// "nib".
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

nib::folded folded_of(const nib::context& context, const ModelSource& source)
{
    return source.bytes ? nib::folded::from_memory(context, *source.bytes, source.name)
                        : nib::folded::load(context, source.name);
}

// Reports how a file's numbers and names were converted for the model into which they were loaded.
void tell_converted(const nib::model& model, const ModelSource& source)
{
    const nib_model_info info = model.info();
    if (*info.converted != '\0') note("%s: %s", source.name.c_str(), info.converted);
}

} // namespace

ModelSource open_model(const std::string& path)
{
    std::error_code error;
    if (std::filesystem::is_directory(path, error))
        throw Failure("'" + path + "' is a folder: expected a file, such as " + path + "/best.safetensors");
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

nib::model model_of(const nib::context& context, const ModelSource& source)
{
    nib::model model = source.bytes ? nib::model::from_memory(context, *source.bytes, source.name)
                                    : nib::model::load(context, source.name);
    tell_converted(model, source);
    return model;
}

void set_parameters(nib::model& model, const ModelSource& source, const std::string& names)
{
    std::string map;
    if (!names.empty()) map = read_input(names, most_map).bytes;
    const char* const given = names.empty() ? nullptr : map.c_str();
    try {
        if (source.bytes)
            model.parameters_from_memory(*source.bytes, source.name, given);
        else
            model.load_parameters(source.name, given);
    } catch (const nib::error& error) {
        const std::string sentence = error.what();
        const bool is_of_map = !names.empty() && (sentence.starts_with("names,") || sentence.starts_with("names:"));
        if (!is_of_map) throw;
        throw nib::error(error.status(), names + sentence.substr(std::strlen("names")));
    }
    tell_converted(model, source);
}

ModelFile load_model_file(const nib::context& context, const std::string& path, const std::string& like)
{
    if (!like.empty()) {
        nib::model model = load_model(context, like);
        set_parameters(model, open_model(path));
        return model;
    }
    const ModelSource source = open_model(path);
    if (kind_of(source.start) == Kind::folded) return folded_of(context, source);
    try {
        return model_of(context, source);
    } catch (const nib::error& error) {
        throw Failure(error, error.status() == NIB_ERR_MISMATCH ? "; --like names such a model" : "");
    }
}

nib::model load_model(const nib::context& context, const std::string& path, const std::string& like)
{
    ModelFile file = load_model_file(context, path, like);
    if (std::holds_alternative<nib::folded>(file))
        throw Failure(path + " is a folded model: this command works on a model.safetensors");
    return std::get<nib::model>(std::move(file));
}

void add_like(CLI::App& command, std::string& like)
{
    add_path(command, "--like", like,
             "for a state_dict that PyTorch saved: a model.safetensors\nwith its network and vocabulary")
        ->type_name("FILE");
}

} // namespace nib::cli
