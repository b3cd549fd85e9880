#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/array_numbers.hpp"
#include "io/npy.hpp"
#include "io/npy_header.hpp"
#include "io/visible.hpp"
#include "io/zip.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nib {

namespace {

const ZipMember* find(const ZipArchive& archive, const std::string& array)
{
    const std::vector<ZipMember>& members = archive.members();
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const ZipMember& member) { return member.name == array + ".npy"; });
    return found == members.end() ? nullptr : &*found;
}

std::string names_of(const ZipArchive& archive)
{
    std::string names;
    for (const ZipMember& member : archive.members()) {
        if (names.size() > 200) return names + ", ...";
        const std::string& name = member.name;
        names += (names.empty() ? "" : ", ") + visible(shortened(name.substr(0, name.rfind(".npy"))));
    }
    return names.empty() ? "none" : names;
}

ArrayReader open_array(const ZipArchive& archive, const ZipMember& member, ArrayLayout& layout, const std::string& name,
                       Memory* memory)
{
    ByteSource source = archive.open(member);
    layout = read_npy_header(source, name);
    return {std::move(source), layout, name, memory};
}

void check_rows(const RawTable& table, const ArrayReader& array, const std::string& name)
{
    if (array.rows() == table.rows) return;
    throw Error(NIB_ERR_DATA, "%s: %td rows, expected %td, as x has", name.c_str(), array.rows(), table.rows);
}

void read_targets(const ZipArchive& archive, const ZipMember& member, RawTable& table, Memory* memory)
{
    const std::string name = table.name + ", y";
    ArrayLayout layout;
    ArrayReader array = open_array(archive, member, layout, name, memory);
    check_rows(table, array, name);
    const auto first = static_cast<std::ptrdiff_t>(table.columns.size());
    if (first + array.columns() > RawTable::most_columns)
        throw Error(NIB_ERR_DATA, "%s: %td targets beside %td numbers of x, expected fewer", name.c_str(),
                    array.columns(), first);
    array.read_targets(table);
    for (std::ptrdiff_t i = 0; i < array.columns(); ++i) table.targets.push_back(first + i);
    table.task = layout.is_floating() || array.columns() > 1 ? Task::numbers : Task::classes;
    table.target_array = name;
}

void read_weights(const ZipArchive& archive, const ZipMember& member, RawTable& table, Memory* memory)
{
    const std::string name = table.name + ", weights";
    ArrayLayout layout;
    ArrayReader array = open_array(archive, member, layout, name, memory);
    check_rows(table, array, name);
    if (array.columns() != 1)
        throw Error(NIB_ERR_DATA, "%s: %td numbers a row, expected 1", name.c_str(), array.columns());
    RawTable one;
    array.read_inputs(one);
    table.weights = std::move(one.block);
    for (std::size_t row = 0; row < table.weights.size(); ++row) {
        if (table.weights[row] >= 0) continue;
        throw Error(NIB_ERR_DATA, "%s[%zu] is %.9g: expected a number of 0 or more", name.c_str(), row,
                    static_cast<double>(table.weights[row]));
    }
}

RawTable read_archive(const ZipArchive& archive, const std::string& name, Memory* memory)
{
    const ZipMember* const x = find(archive, "x");
    if (x == nullptr) {
        throw Error(NIB_ERR_DATA, "%s: no array x, expected x, and y to learn; there are: %s", name.c_str(),
                    names_of(archive).c_str());
    }
    RawTable table;
    table.name = name;
    table.array = name + ", x";
    ArrayLayout layout;
    open_array(archive, *x, layout, table.array, memory).read_inputs(table);
    if (const ZipMember* const y = find(archive, "y")) read_targets(archive, *y, table, memory);
    if (const ZipMember* const weights = find(archive, "weights")) read_weights(archive, *weights, table, memory);
    return table;
}

} // namespace

RawTable read_npz(const std::string& path, Memory* memory)
{
    InputFile file(path);
    if (file.size()) {
        const auto read_at = [&](std::uint64_t at, std::span<char> bytes) { return file.read_at(at, bytes); };
        return read_archive(ZipArchive(read_at, *file.size(), path, memory), path, memory);
    }
    const Buffer<char> bytes = file.read_on({}, InputFile::most_unstated, memory);
    if (!file.at_end()) file.too_large();
    return parse_npz(bytes.span(), path, memory);
}

RawTable parse_npz(std::span<const char> bytes, const std::string& name, Memory* memory)
{
    const auto read_at = [&](std::uint64_t at, std::span<char> to) {
        const std::size_t size =
            std::min<std::uint64_t>(to.size(), bytes.size() - std::min(at, std::uint64_t{bytes.size()}));
        if (size > 0) std::memcpy(to.data(), bytes.data() + at, size);
        return size;
    };
    return read_archive(ZipArchive(read_at, bytes.size(), name, memory), name, memory);
}

} // namespace nib
