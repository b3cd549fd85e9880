// A folded file in memory, opened: the object behind nib_folded of the C ABI.
#pragma once

#include "base/buffer.hpp"
#include "infer/engine.hpp"
#include "io/dataset.hpp"

#include <span>
#include <string>

namespace nib {

// Constant once made. One thread at a time, since logits() uses a workspace of its own.
class Folded {
public:
    // Takes ownership of a file's bytes. Throws NIB_ERR_FORMAT that says what is wrong with them; messages use name as
    // the file's.
    Folded(Buffer<char> file, const std::string& name, Memory* memory);

    // Throws NIB_ERR_IO, NIB_ERR_FORMAT.
    static Folded load(const std::string& path, Memory* memory);

    // Atomic, as write_file. Throws NIB_ERR_IO.
    void save(const std::string& path) const;

    std::span<const char> bytes() const noexcept { return file_.span(); }
    const infer::View& view() const noexcept { return view_; }
    const DataFormat& format() const noexcept { return format_; }
    // These throw NIB_ERR_MISMATCH if the model is of the other kind of data.
    const Vocabulary& vocabulary() const { return vocabulary_of(format_); }
    const Schema& schema() const { return schema_of(format_); }
    const std::string& network() const noexcept { return network_; } // its text
    Memory* memory() const noexcept { return memory_; }
    const infer::Workspace& workspace() const noexcept { return workspace_; } // for NIB_INFER_MAX_BATCH examples

    // contexts (count, context length), out (count, vocabulary). Throws NIB_ERR_INVALID_ARGUMENT for an id that is not
    // in the vocabulary, NIB_ERR_MISMATCH for a model of a table.
    void logits(std::span<const std::int32_t> contexts, float* out);

    // The padded logits of one context, for the caller to overwrite; valid until the next call.
    float* logits_of_one(const std::int32_t* context) { return infer::logits_of_one(view_, context, workspace_); }

private:
    Buffer<char> file_;
    infer::View view_;
    DataFormat format_;
    std::string network_;
    Memory* memory_;
    Buffer<char> scratch_;
    infer::Workspace workspace_{};
};

} // namespace nib
