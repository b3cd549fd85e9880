#include "io/npy.hpp"

#include "io/array_numbers.hpp"
#include "io/npy_header.hpp"

#include <utility>

namespace nib {

RawTable parse_npy(ByteSource source, const std::string& name, Memory* memory)
{
    ArrayLayout layout = read_npy_header(source, name);
    RawTable table;
    table.name = name;
    table.array = name;
    ArrayReader(std::move(source), std::move(layout), name, memory).read_inputs(table);
    return table;
}

RawTable read_npy(const std::string& path, Memory* memory)
{
    return parse_npy(source_of(std::make_shared<InputFile>(path)), path, memory);
}

} // namespace nib
