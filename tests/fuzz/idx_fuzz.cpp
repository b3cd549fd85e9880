// The reader of IDX. The first byte chooses the kind of the others: images or labels, compressed or not, from a source
// that states its size or not.
#include "fuzz/tables.hpp"
#include "io/idx.hpp"
#include "io/inflate.hpp"

using namespace nib;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    if (size == 0) return 0;
    fuzz::CheckedMemory memory(2 * 8 * 1032 * size + (std::size_t{1} << 20)); // as npz_fuzz.cpp
    fuzz::refusable([&] {
        ByteSource source = source_of(std::string_view(reinterpret_cast<const char*>(bytes) + 1, size - 1));
        if ((bytes[0] & 1) != 0) source.size.reset();
        if ((bytes[0] & 4) != 0) source = inflated(source, DeflateFormat::gzip, "fuzz", &memory);
        RawTable table;
        table.name = table.array = "images";
        table.rows = 2;
        if ((bytes[0] & 2) == 0)
            table = parse_idx(source, "fuzz", &memory);
        else
            parse_idx_labels(source, "fuzz", table, &memory);
        fuzz::check_table(table);
        memory.allow(std::size_t{1} << 30);
        if (table.columns.size() > 1) fuzz::use(table, &memory);
    });
    return 0;
}
