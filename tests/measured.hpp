// Memory that reports the requests made to it.
#pragma once

#include "base/buffer.hpp"

#include <algorithm>
#include <cstddef>
#include <memory_resource>

namespace nib::test {

// The heap, with the number of requests and the largest one.
class Measured final : public Memory {
public:
    std::size_t largest = 0;
    int requests = 0;

private:
    void* do_allocate(std::size_t size, std::size_t alignment) override
    {
        largest = std::max(largest, size);
        ++requests;
        return std::pmr::new_delete_resource()->allocate(size, alignment);
    }
    void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override
    {
        std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
    }
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
};

} // namespace nib::test
