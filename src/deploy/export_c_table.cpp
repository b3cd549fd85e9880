#include "deploy/export_c_table.hpp"

#include "deploy/features.hpp"
#include "deploy/predict_folded.hpp"
#include "ops/c_words.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nib {

namespace {

// Makes enumerators: each text as a part of an identifier, with a number appended if two would be the same.
class Identifiers {
public:
    std::string operator()(std::string_view text, std::size_t number)
    {
        std::string name;
        for (const char each : text) {
            const bool fits =
                (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9');
            name += fits ? each : '_';
        }
        if (name.size() > 100) name.resize(100);
        while (!used_.insert(name).second) name.append("_").append(std::to_string(number));
        return name;
    }

private:
    std::set<std::string> used_;
};

constexpr std::size_t most_told = 4096; // lines of a comment, and enumerators

// The places of a row's numbers that are planes.
std::string plane_line(const infer::Shape& shape)
{
    const std::string height = std::to_string(shape.height), width = std::to_string(shape.width);
    const std::string channels = std::to_string(shape.channels).append(" x ");
    if (shape.height == 1)
        return "\n *     " + channels + width + ": number i of channel c is row[c * " + width + " + i]";
    return "\n *     " + channels + height + " x " + width + ": pixel (y, x) of channel c is row[(c * " + height +
           " + y) * " + width + " + x]";
}

std::string column_lines(const Schema& schema, const std::vector<Feature>& features, const infer::Shape& shape)
{
    const bool is_planes = shape.pixels() > 1;
    std::string lines = is_planes ? plane_line(shape) : "";
    if (is_planes && !schema.has_names()) return lines;
    for (std::size_t i = 0; i < std::min(features.size(), most_told); ++i) {
        lines.append("\n *     ").append(std::to_string(i)).append("  ");
        lines.append(in_comment(features[i].told));
    }
    if (features.size() > most_told)
        lines.append("\n *     and so on, to ").append(std::to_string(features.size() - 1));
    return lines;
}

void add_enumeration(std::string& text, const char* prefix, const std::vector<std::string>& names)
{
    Identifiers identifiers;
    text.append("\nenum {");
    for (std::size_t i = 0; i < names.size(); ++i) {
        text.append(i == 0 ? "\n    " : ",\n    ").append(prefix).append(identifiers(names[i], i));
        text.append(" = ").append(std::to_string(i));
    }
    text.append("\n};\n");
}

// The enumerations of the columns, if they have names, and of the classes.
std::string enumerations(const Schema& schema, const std::vector<Feature>& features)
{
    std::string text;
    if (schema.has_names() && features.size() <= most_told) {
        std::vector<std::string> names;
        for (const Feature& each : features) names.push_back(each.name);
        add_enumeration(text, "$P_COLUMN_", names);
    }
    if (!schema.classes.empty() && schema.classes.size() <= most_told)
        add_enumeration(text, "$P_CLASS_", schema.classes);
    return text;
}

std::string joined(const std::vector<std::string>& names)
{
    constexpr std::size_t most = 400; // characters
    std::string text;
    std::size_t i = 0;
    for (; i < names.size() && text.size() < most; ++i) {
        text.append(i == 0 ? "" : ", ").append(std::to_string(i)).append(" ");
        text.append(in_comment(names[i].empty() ? "the number to learn" : names[i]));
    }
    return i == names.size() ? text : text.append(" ...");
}

std::string class_names(const std::vector<std::string>& classes)
{
    std::string text;
    for (std::size_t i = 0; i < classes.size(); ++i)
        text.append(i == 0 ? "\n        \"" : ",\n        \"").append(in_string(classes[i])).append("\"");
    return text;
}

} // namespace

void set_table_values(CSource& text, const Folded& folded, std::size_t scratch, std::size_t constants)
{
    const Schema& schema = folded.schema();
    const std::vector<Feature> features = features_of(schema);
    const bool is_classes = schema.task == Task::classes;
    const std::size_t row_bytes = features.size() * sizeof(float);
    text.set("features", features.size());
    text.set("predictions", static_cast<std::size_t>(predictions_of(folded)));
    text.set("columns", with_dollars(column_lines(schema, features, folded.view().header->shape)));
    text.set("functions", is_classes ? " *   $p_predict     a row to the probabilities of the classes\n"
                                       " *   $p_classify    a row to its class\n"
                                       " *   $p_class_name  a class as it was written in the data"
                                     : " *   $p_predict  a row to what was learned, in its unit");
    text.set("answers", std::string(is_classes ? "Classes: " : "Learned: ")
                            .append(with_dollars(joined(is_classes ? schema.classes : schema.targets)))
                            .append("."));
    text.set("nan", is_classes ? "NaN, and class 0" : "NaN");
    text.set("predicted", is_classes ? "the probability of each class; their sum is 1 up to rounding"
                                     : "the numbers that were learned, in their units");
    text.set("names_apart", is_classes ? ", without the classes' names" : "");
    text.set("enumerations", enumerations(schema, features));
    text.set("last", schema.classes.empty() ? 0 : schema.classes.size() - 1);
    text.set("class_names", with_dollars(class_names(schema.classes)));
    text.set("constants", constants);
    text.set("row_bytes", row_bytes);
    text.set("ram", scratch * sizeof(float) + row_bytes);
}

} // namespace nib
