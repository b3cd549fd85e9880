// Real files, written by the library, from which mutations begin.
#pragma once

#include "api/plain.hpp"
#include "folder.hpp"
#include "fuzz/fuzz.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace nib::fuzz {

// A run, with a model file, a checkpoint and folded files of it. Its handles return to the checkpoint before each
// mutated file.
struct Run {
    unique<nib_dataset> dataset;
    unique<nib_model> model;
    unique<nib_trainer> trainer;
    std::string checkpoint; // path
};

enum class Kind { model, checkpoint, folded, text };

struct Source {
    Kind kind;
    std::string bytes;
    std::size_t run; // the run that it belongs to; for a text, any
};

struct Corpus {
    explicit Corpus(nib_context* context);

    test::Folder folder;
    std::vector<Run> runs;
    std::vector<Source> sources;
};

void require_ok(nib_status status);
std::string read_bytes(const std::string& path);

} // namespace nib::fuzz
