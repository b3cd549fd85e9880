// Compiled once for all tests: code that reads JSON takes longer to compile than most of them.
#include "goldens.hpp"

#include "net/model_options.hpp"
#include "train/train_options.hpp"

#include <fstream>
#include <map>
#include <span>
#include <stdexcept>
#include <string>

namespace nib::test {

Json read_json(const std::string& path)
{
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    return Json::parse(file);
}

const Json& golden(const char* name)
{
    static std::map<std::string, Json> read;
    const auto known = read.find(name);
    if (known != read.end()) return known->second;
    return read[name] = read_json(source_path(std::string("tests/goldens/") + name));
}

namespace {

template <class Options>
Options options_of(std::span<const Field> fields, const Json& json)
{
    Options options{};
    options.struct_size = sizeof options;
    set_initial(fields, &options);
    for (const Field& field : fields) {
        if (!json.contains(field.name)) continue; // an option younger than the golden keeps its initial value
        const Json& value = json.at(field.name);
        if (field.kind == FieldKind::real) {
            set_real(field, &options, value);
        } else if (field.kind == FieldKind::text) {
            set_text(field, &options, value.get_ref<const std::string&>().c_str());
        } else if (field.kind == FieldKind::word) {
            const auto word = value.get<std::string>();
            if (index_of(field.words, word) < 0)
                throw std::runtime_error("expected " + expected_words(field.words, word) + ", found " + word);
            set_whole(field, &options, index_of(field.words, word));
        } else {
            set_whole(field, &options, value);
        }
    }
    return options;
}

} // namespace

nib_model_options model_options(const Json& json) { return options_of<nib_model_options>(model_fields(), json); }
nib_train_options train_options(const Json& json) { return options_of<nib_train_options>(train_fields(), json); }

} // namespace nib::test
