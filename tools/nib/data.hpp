// The data that a command works on.
#pragma once

#include "streams.hpp"
#include "table.hpp"

#include "nib/nib.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nib::cli {

// The positional DATA; path stays empty where it is not given. without: what is taken then, for the help.
void add_data(CLI::App& command, std::string& path, const std::string& without);

// The names that come with nib.
std::string bundled_names();

struct Data {
    std::string file;     // as it was given; "standard input"
    std::string path;     // absolute; empty where it is not a file that can be found again
    std::string text;     // of a table empty
    std::size_t bytes;    // of the file
    std::uint32_t crc32c; // of the text; of a table, nib_dataset_info's checksum
    nib::dataset dataset;
    std::optional<TableSource> table; // of a table
};

// The whole file of a text, as read_input does, which is not too large for a data set.
Input read_text(const std::string& path);

// Reads that file, and says on stderr which one it was and what is in it. Throws Failure, and nib::error for a text
// that cannot serve.
Data load_data(const nib::context& context, const std::string& path, const nib_dataset_options& options);

// The same of a table; options.schema_of names the model whose columns and classes are used, where there is one. A
// failure for lack of a target says what there is to do.
Data load_table_data(const nib::context& context, const std::string& path, const nib_table_options& options);

// Where the run of a folder had its data, and of a table how it was read; empty where the folder does not say.
struct RememberedData {
    std::string path;
    std::optional<TableSource> table;
};
RememberedData remembered_data(const std::string& folder);

// How the run read its table, where that is the file of this path; none of another one.
std::optional<TableSource> table_of_same(const RememberedData& run, const std::string& path);

// The data that a command on a model works on: the DATA that was given, else what the model was trained on, known by
// its checksum: where the run in the folder of one of the files had it, or the names that come with nib. A table's rows
// are shared out as they were by that run, unless options say otherwise. files: those
// that the model was read from. Without data, why says so. Throws Failure for DATA that does not fit the model.
struct FoundData {
    std::optional<Data> data;
    std::string why;
};
FoundData find_data(const nib::context& context, const std::string& given, const nib::model& model,
                    const std::vector<std::string>& files, TableOptions& options);

// The same of a model of text, where no DATA is given.
FoundData find_training_text(const nib::context& context, const nib::model& model,
                             const std::vector<std::string>& files);

// Why a command on a folded model needs DATA.
inline constexpr char folded_without_data[] = "a folded model does not say what it was trained on: name DATA";

// Prints the loss of a whole split as a result, "val 2.1056840", and returns it.
double print_loss(nib_split split, double loss);

} // namespace nib::cli
