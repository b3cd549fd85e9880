#include "parts.hpp"

#include "failure.hpp"
#include "streams.hpp"

namespace nib::cli {

namespace {

std::string name_of(const nib_operation_info& operation, std::size_t index)
{
    std::string name = std::to_string(index) + " ";
    name.append(operation.word).append(" ").append(std::to_string(operation.inputs)).append(" -> ");
    name.append(std::to_string(operation.outputs));
    if (operation.weight_bits > 0) name.append(", ").append(std::to_string(operation.weight_bits)).append(" bits");
    return name;
}

} // namespace

std::vector<Part> parts_of(const nib::folded& folded)
{
    const nib_folded_info info = folded.info();
    std::vector<Part> parts = {{info.head_bytes, "header and operations"},
                               {info.symbol_bytes, info.features > 0 ? "classes' names" : "symbols"},
                               {info.test_bytes, "test vector"},
                               {info.schema_bytes, "columns"},
                               {info.text_bytes, "network's text"}};
    std::erase_if(parts, [](const Part& each) { return each.bytes == 0; });
    std::size_t rest = info.file_bytes;
    for (const Part& each : parts) rest -= each.bytes;
    std::size_t index = 0;
    for (const nib_operation_info& each : folded.operations()) {
        if (each.bytes > 0) parts.push_back({each.bytes, name_of(each, index)});
        rest -= each.bytes;
        ++index;
    }
    if (rest > 0) parts.push_back({rest, "between, for alignment"});
    return parts;
}

void print_parts(std::FILE* results, const nib::folded& folded)
{
    for (const Part& each : parts_of(folded)) std::fprintf(results, "%9zu %s\n", each.bytes, each.name.c_str());
    flush_results();
}

} // namespace nib::cli
