// Encodes bytes as text: RFC 4648, with padding.
#pragma once

#include <string>
#include <vector>

namespace nib::cli {

std::string base64(const std::vector<unsigned char>& bytes);

} // namespace nib::cli
