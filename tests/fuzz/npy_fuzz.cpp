// The reader of .npy. The first byte chooses whether the source states its size; the others are the file.
#include "fuzz/tables.hpp"
#include "io/npy.hpp"

using namespace nib;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    if (size == 0) return 0;
    ByteSource source = source_of(std::string_view(reinterpret_cast<const char*>(bytes) + 1, size - 1));
    if ((bytes[0] & 1) != 0) source.size.reset();
    fuzz::CheckedMemory memory(16 * size + (std::size_t{1} << 20));
    fuzz::refusable([&] {
        const RawTable table = parse_npy(source, "fuzz", &memory);
        fuzz::check_table(table);
        memory.allow(std::size_t{1} << 30);
        if (table.columns.size() > 1) fuzz::use(table, &memory);
    });
    return 0;
}
