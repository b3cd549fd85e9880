// Passes a possibly damaged file to everything that reads files.
#pragma once

#include "fuzz/files/corpus.hpp"
#include "fuzz/random.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace nib::fuzz {

// The caller's allocator. It ends the program on a request that is larger than a file can justify.
struct FileMemory {
    nib_context_options options();

    CheckedMemory memory{SIZE_MAX};
    std::size_t live = 0; // bytes
};

class Doors {
public:
    explicit Doors(FileMemory& memory);

    const Corpus& corpus() const noexcept { return corpus_; }

    // Passes the bytes as a file to every reader; source: the bytes before the mutation. Searching a text's symbols
    // takes as long as everything else, so only one file in eight goes there. Accepted files are used: uses.hpp.
    void try_all(Random& random, const std::string& bytes, const Source& source);

    // How often each reader accepted a file.
    const std::map<std::string, std::int64_t>& accepted() const noexcept { return accepted_; }

private:
    bool answers(const char* reader, nib_status status, std::initializer_list<nib_status> refusals);
    void load_model(Random& random, const std::string& bytes);
    void load_parameters(Random& random, const Run& run);
    void resume(const Run& run, const std::string& bytes);
    void read_checkpoint();
    void load_folded(const std::string& bytes);
    void open_folded(const std::string& bytes);
    void load_text(const std::string& bytes);

    FileMemory& memory_;
    unique<nib_context> context_;
    Corpus corpus_;
    std::string path_, second_path_;
    std::map<std::string, std::int64_t> accepted_;
    bool folded_accepted_ = false;
};

} // namespace nib::fuzz
