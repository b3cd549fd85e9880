// A model's network as a Python file for PyTorch.
#pragma once

#include "net/model.hpp"

#include <string>

namespace nib {

// ASCII, in lines of at most 100 characters except for names from the data. The file defines
//
//   CONTEXT_LENGTH, VOCABULARY                  for text: symbols that the network sees; strings, or bytes, by id
//   FEATURES, COLUMNS, CLASSES or TARGETS       for a table: the numbers of a row, and their meaning in words
//   network()                                   the module in evaluation mode, with weights of torch's
//   load(path)                                  the same with the weights of a safetensors file
//   parameter_groups(module, weight_decay)      for torch.optim.AdamW
//   encode(text), decode(ids), contexts(texts)  for text: convert to the network's input, and back
//
// and the classes that its layers need (LayerKind::pytorch). It holds no weights, so two models with the same network
// and vocabulary or table give the same file. Atomic, as write_file. Throws NIB_ERR_IO.
void export_pytorch(const Model& model, const std::string& path);

} // namespace nib
