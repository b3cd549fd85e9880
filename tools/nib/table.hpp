// The options of a command that reads a table.
#pragma once

#include "nib/nib.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nib::cli {

// How a table was read, for a command that reads it again. Paths are absolute; empty: none.
struct TableSource {
    std::string val, test, labels;
    double val_share, test_share;
    std::uint32_t seed;
    nib_csv_header header;
    char separator;
};

// An instance must not move: the command's options write into it.
class TableOptions {
public:
    // How a command uses rows: it learns from them, divides them as training did, or reads them all.
    enum class Use { learn, share_out, read };
    TableOptions(CLI::App& command, Use use);
    TableOptions(const TableOptions&) = delete;
    TableOptions& operator=(const TableOptions&) = delete;

    // Whether DATA is a table, judged by its content, or by an option that only a table has. Throws Failure for such an
    // option beside --text.
    bool is_table(const std::string& path) const;

    // The options in the library's form; valid as long as this object, and until the next call. usual: values for
    // everything that the command line does not give, or null.
    nib_table_options options(const TableSource* usual = nullptr);

private:
    void add_learning();
    void add_sharing(const char* shares);
    void add_reading();
    void add(CLI::Option* option);
    void take(const TableSource& usual, nib_table_options& options, TableSource& files) const;
    std::string given() const; // the first option of a table on the command line; empty: none

    CLI::App& command_;
    std::vector<std::string> names_; // of the options
    std::vector<std::string> targets_, drops_;
    std::vector<const char*> target_pointers_, drop_pointers_;
    TableSource given_files_{}, files_{}; // paths: from the command line, and of the last options()
    nib_table_options options_;
    bool is_text_ = false;
};

} // namespace nib::cli
