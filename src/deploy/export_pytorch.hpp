// A model's network as a file of Python, for PyTorch.
#pragma once

#include "net/model.hpp"

#include <string>

namespace nib {

// ASCII, in lines of at most 100 characters but for names from the data. The file defines
//
//   CONTEXT_LENGTH, VOCABULARY                  of text: symbols that the network sees; strings, or bytes, by id
//   FEATURES, COLUMNS, CLASSES or TARGETS       of a table: numbers of a row, and in words what they are
//   network()                                   the module in evaluation mode, with weights of torch's
//   load(path)                                  the same with the weights of a safetensors file
//   parameter_groups(module, weight_decay)      for torch.optim.AdamW
//   encode(text), decode(ids), contexts(texts)  of text: to what the network reads, and back
//
// and the classes that its layers need (LayerKind::pytorch). No weight is in it: of two models of one network and
// vocabulary or table the file is the same. Atomic, as write_file. Throws NIB_ERR_IO.
void export_pytorch(const Model& model, const std::string& path);

} // namespace nib
