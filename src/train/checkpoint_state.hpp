// The state that a checkpoint holds beside the model, in and out: the random stream, AdamW's moments, of what data the
// run is.
#pragma once

#include "io/safetensors.hpp"
#include "io/text.hpp"
#include "net/file_tensors.hpp"
#include "net/model.hpp"
#include "optim/optimizer.hpp"

#include <cstdint>
#include <span>

namespace nib {

// The reading functions throw NIB_ERR_FORMAT, naming file, tensor or key, value and what was expected.

void pack_random(const Generator& generator, std::span<std::int32_t, random_size> numbers);
Generator read_random(const Safetensors& file);

// AdamW's two arenas, dense: all first moments in the order of the tensors, then all second ones.
class AdamMoments {
public:
    explicit AdamMoments(const Model& model);

    void take(Optimizer& optimizer);                 // from the arenas
    void read(const Safetensors& file);              // any finite number, second moments 0 or above
    void put(Optimizer& optimizer) noexcept;         // into the arenas
    void add_to(std::vector<StoredTensor>& tensors); // which point here

private:
    template <class Each>
    void for_tensors(Each each);

    const Layout& layout_;
    std::size_t size_;
    Buffer<float> dense_;
};

// The optimiser's arena of first or second moments.
Buffer<float>& arena(Optimizer& optimizer, bool second);

// Items, examples and CRC-32C of the ids as "data.<what>".
void put_data(const Text& text, Metadata& metadata);
void check_data(const Safetensors& file);

} // namespace nib
