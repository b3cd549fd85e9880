#include "deploy/features.hpp"

#include "io/metadata.hpp"

namespace nib {

namespace {

std::string name_of(const Column& column)
{
    return column.name.empty() ? std::string("column ").append(std::to_string(column.place + 1)) : column.name;
}

} // namespace

std::vector<Feature> features_of(const Schema& schema)
{
    std::vector<Feature> all;
    for (const Column& column : schema.columns) {
        const std::string name = name_of(column);
        for (const std::string& word : column.words)
            all.push_back({std::string(name).append("_").append(word),
                           std::string(name).append(": 1 for ").append(word).append(", otherwise 0")});
        if (column.words.empty()) {
            std::string told = name;
            if (column.may_miss) told.append(", or ").append(shortest(column.fill)).append(" where it is missing");
            all.push_back({name, told});
        }
        if (column.is_flagged)
            all.push_back({std::string(name).append("_missing"),
                           std::string("1 where ").append(name).append(" is missing, otherwise 0")});
    }
    return all;
}

} // namespace nib
