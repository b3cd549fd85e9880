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

// Adds the positional DATA; path stays empty if it is not given. without: the default, for the help.
void add_data(CLI::App& command, std::string& path, const std::string& without);

// The names that come with nib.
std::string bundled_names();

struct Data {
    std::string file;     // as given on the command line; "standard input"
    std::string path;     // absolute; empty if it is not a file that can be found again
    std::string text;     // empty for a table
    std::size_t bytes;    // of the file
    std::uint32_t crc32c; // of the text; for a table, nib_dataset_info's checksum
    nib::dataset dataset;
    std::optional<TableSource> table; // for a table
};

// Reads the whole file of a text as read_input does, if it is not too large for a data set.
Input read_text(const std::string& path);

// Reads that file and reports on stderr which file it was and what is in it. Throws Failure, and nib::error for a text
// that is not suitable.
Data load_data(const nib::context& context, const std::string& path, const nib_dataset_options& options);

// The same for a table. options.schema_of names the model whose columns and classes are used, if there is one. If no
// target is given, the failure says what to do.
Data load_table_data(const nib::context& context, const std::string& path, const nib_table_options& options);

// The path of the data of a folder's run, and for a table how it was read; empty if the folder does not record them.
struct RememberedData {
    std::string path;
    std::optional<TableSource> table;
};
RememberedData remembered_data(const std::string& folder);

// How the run read its table, if this is the path of the same file; none for another file.
std::optional<TableSource> table_of_same(const RememberedData& run, const std::string& path);

// The data that a command on a model works on: the given DATA, or else the data that the model was trained on,
// recognised by their checksum. These are looked for where the runs in the files' folders had them, and among the names
// that come with nib. A table's rows are divided as in that run, unless options say otherwise. files: those from which
// the model was read. If there are no data, `why` explains it. Throws Failure for DATA that do not fit the model.
struct FoundData {
    std::optional<Data> data;
    std::string why;
};
FoundData find_data(const nib::context& context, const std::string& given, const nib::model& model,
                    const std::vector<std::string>& files, TableOptions& options);

// The same for a model of text if no DATA is given.
FoundData find_training_text(const nib::context& context, const nib::model& model,
                             const std::vector<std::string>& files);

// Why a command on a folded model needs DATA.
inline constexpr char folded_without_data[] = "a folded model does not say what it was trained on: name DATA";

// Prints the loss of a whole split as a result line, "val 2.1056840", and returns it.
double print_loss(nib_split split, double loss);

} // namespace nib::cli
