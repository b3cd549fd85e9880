// Writes and reads the state that a checkpoint holds beside the model: the random stream, the optimiser's state, and
// the identity of the data.
#pragma once

#include "io/dataset.hpp"
#include "io/safetensors.hpp"
#include "net/file_tensors.hpp"
#include "net/model.hpp"
#include "optim/optimizer.hpp"

#include <cstdint>
#include <span>

namespace nib {

// The reading functions throw NIB_ERR_FORMAT, naming file, tensor or key, value and what was expected.

void pack_random(const Generator& generator, std::span<std::int32_t, random_size> numbers);
Generator read_random(const Safetensors& file);

// The optimiser's arenas in dense form: one after the other, each in the order of the tensors.
class OptimizerNumbers {
public:
    OptimizerNumbers(const Model& model, Optimizer& optimizer);

    void take();                                     // from the arenas
    void read(const Safetensors& file);              // any finite number; a second moment is 0 or above
    void put() noexcept;                             // into the arenas
    void add_to(std::vector<StoredTensor>& tensors); // the tensors point into this object

private:
    template <class Each>
    void for_tensors(Each each);

    const Layout& layout_;
    std::vector<OptimizerArena> arenas_;
    Buffer<float> dense_;
};

// The number of examples (for text, of items) and the CRC-32C, as "data.<what>".
void put_data(const Dataset& data, Metadata& metadata);
void check_data(const Safetensors& file);

} // namespace nib
