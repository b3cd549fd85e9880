#include "io/idx.hpp"

#include "base/error.hpp"
#include "io/array_numbers.hpp"
#include "io/inflate.hpp"

#include <filesystem>
#include <utility>

namespace nib {

namespace {

constexpr std::size_t most_dimensions = 8;

NumberType type_of(unsigned char code, const std::string& name)
{
    switch (code) {
    case 0x08:
        return NumberType::u8;
    case 0x09:
        return NumberType::i8;
    case 0x0b:
        return NumberType::i16;
    case 0x0c:
        return NumberType::i32;
    case 0x0d:
        return NumberType::f32;
    case 0x0e:
        return NumberType::f64;
    default:
        throw Error(NIB_ERR_DATA, "%s: numbers of the type 0x%02X, expected one of IDX, 0x08, 0x09 or 0x0B to 0x0E",
                    name.c_str(), code);
    }
}

ArrayLayout read_idx_header(ByteSource& source, const std::string& name)
{
    const auto read = [&](std::span<unsigned char> bytes) {
        if (source({reinterpret_cast<char*>(bytes.data()), bytes.size()}) == bytes.size()) return;
        throw Error(NIB_ERR_DATA, "%s: ends within the header of an IDX file", name.c_str());
    };
    unsigned char start[4];
    read(start);
    if (start[0] != 0 || start[1] != 0)
        throw Error(NIB_ERR_DATA, "%s: no IDX file, which begins with two bytes of 0", name.c_str());
    ArrayLayout layout;
    layout.is_big_endian = true;
    layout.type = type_of(start[2], name);
    if (start[3] < 1 || start[3] > most_dimensions) {
        throw Error(NIB_ERR_DATA, "%s: %d dimensions, expected 1 to %zu", name.c_str(), start[3], most_dimensions);
    }
    for (int i = 0; i < start[3]; ++i) {
        unsigned char size[4];
        read(size);
        layout.shape.push_back(std::uint64_t{size[0]} << 24 | size[1] << 16 | size[2] << 8 | size[3]);
    }
    return layout;
}

// The file, or the data that gzip compressed in it.
ByteSource open_idx(const std::string& path, Memory* memory)
{
    auto file = std::make_shared<InputFile>(path);
    char mark[2] = {};
    if (file->size() && file->read_at(0, mark) == 2 && mark[0] == '\x1f' && mark[1] == '\x8b')
        return inflated(source_of(std::move(file)), DeflateFormat::gzip, path, memory);
    return source_of(std::move(file));
}

} // namespace

std::string idx_labels(const std::string& path)
{
    const std::size_t name = path.rfind('/') + 1;
    const std::size_t images = path.find("-images", name);
    if (images == std::string::npos) return "";
    std::string labels = path;
    labels.replace(images, std::string("-images").size(), "-labels");
    const std::size_t dimensions = labels.find("idx3", name);
    if (dimensions != std::string::npos) labels.replace(dimensions, 4, "idx1");
    return labels;
}

RawTable parse_idx(ByteSource images, const std::string& name, Memory* memory)
{
    RawTable table;
    table.name = name;
    table.array = name;
    ArrayLayout layout = read_idx_header(images, name);
    ArrayReader(std::move(images), std::move(layout), name, memory).read_inputs(table);
    return table;
}

void parse_idx_labels(ByteSource labels, const std::string& name, RawTable& table, Memory* memory)
{
    ArrayLayout layout = read_idx_header(labels, name);
    table.task = layout.is_floating() ? Task::numbers : Task::classes;
    ArrayReader array(std::move(labels), std::move(layout), name, memory);
    if (array.rows() != table.rows || array.columns() != 1) {
        throw Error(NIB_ERR_DATA, "%s: %td labels of %td numbers, expected %td of 1, as %s has rows", name.c_str(),
                    array.rows(), array.columns(), table.rows, table.name.c_str());
    }
    table.targets.push_back(static_cast<std::ptrdiff_t>(table.columns.size()));
    array.read_targets(table);
    table.target_array = name;
}

RawTable read_idx(const std::string& images, const std::string& labels, Memory* memory)
{
    RawTable table = parse_idx(open_idx(images, memory), images, memory);
    std::string beside = labels;
    std::error_code error;
    if (beside.empty()) {
        beside = idx_labels(images);
        if (!std::filesystem::exists(beside, error)) return table;
    }
    parse_idx_labels(open_idx(beside, memory), beside, table, memory);
    return table;
}

} // namespace nib
