// A folded model as an ONNX file.
#pragma once

#include "deploy/folded.hpp"

#include <string>

namespace nib {

// Operators of opset 13. Input "contexts", int64 (batch, context length), ids oldest first; output "logits", float
// (batch, vocabulary); any batch size. The metadata hold "context_length", "encoding" ("utf8" or "bytes") and
// "vocabulary", the symbols from id 1 on as code points or bytes in decimal. Atomic, as write_file. Throws
// NIB_ERR_UNSUPPORTED for weights that are not float, or too many for an ONNX file (2 GiB), and NIB_ERR_IO.
void export_onnx(const Folded& folded, const std::string& path, Memory* memory);

} // namespace nib
