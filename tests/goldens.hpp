// Reads the golden files: tests/goldens/README.md says what is in them.
#pragma once

#include "net/model_options.hpp"
#include "nib/nib.h"
#include "train/train_options.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <stdexcept>
#include <string>

namespace nib::test {

using Json = nlohmann::json;

inline std::string source_path(const std::string& relative) { return std::string(NIB_SOURCE_DIR "/") + relative; }

// Read once and kept, so that loops over a part of one are safe.
inline const Json& golden(const char* name)
{
    static std::map<std::string, Json> read;
    const auto known = read.find(name);
    if (known != read.end()) return known->second;
    std::ifstream file(source_path(std::string("tests/goldens/") + name));
    if (!file) throw std::runtime_error(std::string("cannot read the golden ") + name);
    return read[name] = Json::parse(file);
}

// The lecture's names.txt, or null where the environment does not say where it is.
inline const char* lecture_path()
{
    const char* path = std::getenv("NIB_LECTURE_NAMES");
    return path != nullptr && *path != '\0' ? path : nullptr;
}
inline constexpr const char* no_lecture = "NIB_LECTURE_NAMES does not name the lecture's names.txt";

// Options as the tables of the library have them: an object of names, numbers and words. Texts stay the golden's.
template <class Options>
Options options_of(std::span<const Field> fields, const Json& json)
{
    Options options{};
    options.struct_size = sizeof options;
    for (const Field& field : fields) {
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

inline nib_model_options model_options(const Json& json) { return options_of<nib_model_options>(model_fields(), json); }
inline nib_train_options train_options(const Json& json) { return options_of<nib_train_options>(train_fields(), json); }

} // namespace nib::test
