// The reader of .npz.
#include "fuzz/tables.hpp"
#include "io/npy.hpp"

using namespace nib;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    // Deflate turns a byte into up to 1,032 bytes, each of which may become 8 bytes of a number, and an array that
    // grows has twice the room.
    fuzz::CheckedMemory memory(2 * 8 * 1032 * size + (std::size_t{1} << 20));
    fuzz::refusable([&] {
        const RawTable table = parse_npz({reinterpret_cast<const char*>(bytes), size}, "fuzz", &memory);
        fuzz::check_table(table);
        memory.allow(std::size_t{1} << 30);
        if (table.columns.size() > 1) fuzz::use(table, &memory);
    });
    return 0;
}
