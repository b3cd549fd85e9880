// Mutations of models and checkpoints that know their format.
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

    explicit TensorsFile(const std::string& bytes); // of a file as the library writes it
    std::string bytes() const;

    std::map<std::string, std::string> metadata;
    std::vector<Tensor> tensors;
};

// One change that leaves a safetensors file: of metadata, of tensors, or of their numbers.
void edit(Random& random, TensorsFile& file);

// Makes the checksums right again.
void mend(TensorsFile& file);

// One change of the header's JSON, after which it need be none.
void edit_header(Random& random, std::string& bytes);

} // namespace nib::fuzz
