// Everything that reads a file, with one that may be damaged.
#pragma once

#include "fuzz/files/corpus.hpp"
#include "fuzz/random.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace nib::fuzz {

// The caller's allocator, which ends the program where more is asked for than a file can have reason to.
struct FileMemory {
    nib_context_options options();

    CheckedMemory memory{SIZE_MAX};
    std::size_t live = 0; // bytes
};

class Doors {
public:
    explicit Doors(FileMemory& memory);

    const Corpus& corpus() const noexcept { return corpus_; }

    // The bytes as a file to every reader; source: what they were once. To look for a text's symbols takes as long as
    // all else: to that, one in eight of the others. What is accepted is used: uses.hpp.
    void try_all(Random& random, const std::string& bytes, const Source& source);

    // How often each reader accepted.
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
