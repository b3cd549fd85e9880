// Mutations of models and checkpoints that know the format.
#pragma once

#include "fuzz/random.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace nib::fuzz {

// A safetensors file taken apart. Offsets follow from the order of the tensors.
struct TensorsFile {
    struct Tensor {
        std::string name, dtype;
        std::vector<std::uint64_t> shape;
        std::string bytes;
    };

    explicit TensorsFile(const std::string& bytes); // a file as the library writes it
    std::string bytes() const;

    std::map<std::string, std::string> metadata;
    std::vector<Tensor> tensors;
};

// Makes one change that leaves a valid safetensors file: of metadata, of tensors, or of their numbers.
void edit(Random& random, TensorsFile& file);

// Corrects the checksums.
void mend(TensorsFile& file);

// Makes one change of the header's JSON, after which it may be invalid.
void edit_header(Random& random, std::string& bytes);

} // namespace nib::fuzz
