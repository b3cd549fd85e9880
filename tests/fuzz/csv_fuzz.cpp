// The reader of CSV. The first byte chooses options, the others are the text. What was read is encoded to rows of
// numbers, and a reader of single rows must give the same.
#include "fuzz/tables.hpp"
#include "io/row_reader.hpp"

#include <algorithm>
#include <vector>

using namespace nib;

namespace {

// Reads the text in pieces of `most` bytes.
ReadSome reader_of(std::string_view text, std::size_t most)
{
    return [text, most](std::span<char> bytes) mutable {
        const std::size_t size = std::min({bytes.size(), text.size(), most});
        std::copy_n(text.begin(), size, bytes.begin());
        text.remove_prefix(size);
        return size;
    };
}

void check_single_rows(std::string_view text, const Schema& schema, const CsvOptions& options, Memory* memory)
{
    CsvOptions known = options;
    known.schema = &schema;
    known.targets = TargetUse::ignored;
    const RawTable table = parse_csv(text, "fuzz", known, memory);
    const TableRows rows = encode_rows(table, schema, TargetUse::ignored, memory);
    RowReader reader(schema, reader_of(text, 7), "fuzz", options, memory);
    std::vector<float> row(static_cast<std::size_t>(rows.features));
    for (const float* from = rows.x.begin(); from < rows.x.end(); from += rows.features) {
        fuzz::require(reader.next(row), "a reader of single rows finds as many");
        fuzz::require(std::equal(row.begin(), row.end(), from), "a reader of single rows makes the same numbers");
    }
    fuzz::require(!reader.next(row), "a reader of single rows ends with the text");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    if (size == 0) return 0;
    CsvOptions options;
    constexpr CsvHeader headers[] = {CsvHeader::automatic, CsvHeader::present, CsvHeader::absent, CsvHeader::automatic};
    constexpr char separators[] = {'\0', ',', ';', '\t'};
    options.header = headers[bytes[0] & 3];
    options.separator = separators[bytes[0] >> 3 & 3];
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    looks_like_csv(text);
    fuzz::CheckedMemory memory(64 * size + (std::size_t{1} << 20));
    fuzz::refusable([&] {
        const RawTable table = parse_csv(text, "fuzz", options, &memory);
        fuzz::check_table(table);
        memory.allow(std::size_t{1} << 30); // words may become a thousand numbers each
        fuzz::use(table, &memory);
        if ((bytes[0] & 4) != 0) check_single_rows(text, fuzz::schema_of(table).schema, options, &memory);
    });
    return 0;
}
