// The bytes of a file under construction, growing at the end.
#pragma once

#include "base/buffer.hpp"

#include <algorithm>
#include <string_view>

namespace nib {

class Output {
public:
    explicit Output(Memory* memory) : memory_(memory) {}

    void append(std::string_view bytes)
    {
        if (bytes.size() > bytes_.size() - used_) {
            Buffer<char> larger(std::max(2 * bytes_.size(), used_ + bytes.size()), memory_);
            std::copy_n(bytes_.begin(), used_, larger.begin());
            bytes_ = std::move(larger);
        }
        std::copy(bytes.begin(), bytes.end(), bytes_.begin() + used_);
        used_ += bytes.size();
    }

    // Valid until the next append.
    std::string_view bytes() const noexcept { return {bytes_.data(), used_}; }

private:
    Memory* memory_;
    Buffer<char> bytes_;
    std::size_t used_ = 0;
};

} // namespace nib
