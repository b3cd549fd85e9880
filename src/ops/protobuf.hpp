// Protocol Buffers' wire format, writing only. Format: https://protobuf.dev/programming-guides/encoding/
#pragma once

#include "ops/output.hpp"

#include <cstdint>

namespace nib {

// A message, written field by field; a field may occur any number of times.
class ProtobufMessage {
public:
    explicit ProtobufMessage(Memory* memory) : out_(memory) {}

    void number(std::uint32_t field, std::uint64_t value)
    {
        varint(std::uint64_t{field} << 3);
        varint(value);
    }

    // A string, bytes, or a message.
    void bytes(std::uint32_t field, std::string_view value)
    {
        constexpr std::uint64_t length_delimited = 2;
        varint(std::uint64_t{field} << 3 | length_delimited);
        varint(value.size());
        out_.append(value);
    }
    void message(std::uint32_t field, const ProtobufMessage& value) { bytes(field, value.bytes()); }

    // Valid until the next field.
    std::string_view bytes() const noexcept { return out_.bytes(); }

private:
    // Seven bits a byte, the lowest first; the eighth bit says that another byte follows.
    void varint(std::uint64_t value)
    {
        char text[10];
        std::size_t size = 0;
        for (; value >= 0x80; value >>= 7) text[size++] = static_cast<char>(value | 0x80);
        text[size++] = static_cast<char>(value);
        out_.append({text, size});
    }

    Output out_;
};

} // namespace nib
