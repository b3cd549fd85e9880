// A safetensors file to modify: reads its tensors and metadata, and writes them again as changed.
#pragma once

#include "catch.hpp"
#include "io/file.hpp"
#include "io/safetensors_header.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

namespace nib::test {

class StoredFile {
public:
    explicit StoredFile(const std::string& path)
    {
        const Safetensors file(read_file(path, SIZE_MAX, std::pmr::new_delete_resource()), path);
        metadata = file.metadata();
        for (const StoredTensor& tensor : file.tensors())
            tensors[tensor.name] = {tensor.dtype, tensor.shape, {tensor.bytes.begin(), tensor.bytes.end()}};
    }

    struct Tensor {
        Dtype dtype;
        Shape shape;
        std::vector<char> bytes;
    };
    Metadata metadata;
    std::map<std::string, Tensor> tensors;

    // A tensor's number, in the order of its bytes.
    template <class T>
    void set(const std::string& tensor, std::size_t index, T value)
    {
        std::vector<char>& bytes = tensors.at(tensor).bytes;
        REQUIRE((index + 1) * sizeof value <= bytes.size());
        std::memcpy(bytes.data() + index * sizeof value, &value, sizeof value);
    }

    // Adds a tensor of zeros.
    void add(const std::string& tensor, Dtype dtype, const Shape& shape)
    {
        tensors[tensor] = {dtype, shape, std::vector<char>(byte_size(dtype, shape))};
    }

    void rename(const std::string& tensor, const std::string& name)
    {
        tensors[name] = std::move(tensors.at(tensor));
        tensors.erase(tensor);
    }
    // Puts the prefix before all names.
    void add_prefix(const std::string& prefix)
    {
        std::map<std::string, Tensor> renamed;
        for (auto& [name, tensor] : tensors) renamed[prefix + name] = std::move(tensor);
        tensors = std::move(renamed);
    }
    // Stores a tensor of floats as another type; to(float) converts a number.
    template <class To>
    void convert(const std::string& tensor, Dtype dtype, To to)
    {
        Tensor& stored = tensors.at(tensor);
        std::vector<char> bytes;
        for (std::size_t at = 0; at < stored.bytes.size(); at += sizeof(float)) {
            float value;
            std::memcpy(&value, stored.bytes.data() + at, sizeof value);
            const auto number = to(value);
            const char* const first = reinterpret_cast<const char*>(&number);
            bytes.insert(bytes.end(), first, first + sizeof number);
        }
        stored = {dtype, stored.shape, bytes};
    }

    // Saves without a checksum, as someone does who changes a file on purpose.
    void save(const std::string& path) const
    {
        Metadata rest = metadata;
        rest.erase("checksum");
        save_all(path, rest);
    }
    void save_with_old_checksum(const std::string& path) const { save_all(path, metadata); }

private:
    // Unlike save_safetensors, does not wait for the disk.
    void save_all(const std::string& path, const Metadata& all) const
    {
        std::vector<StoredTensor> list;
        for (const auto& [name, tensor] : tensors) list.push_back({name, tensor.dtype, tensor.shape, tensor.bytes});
        const std::string header = format_header(list, all);
        const std::uint64_t size = header.size();
        std::ofstream file(path, std::ios::binary);
        file.write(reinterpret_cast<const char*>(&size), sizeof size) << header;
        for (const StoredTensor& each : list)
            file.write(each.bytes.data(), static_cast<std::streamsize>(each.bytes.size()));
    }
};

} // namespace nib::test
