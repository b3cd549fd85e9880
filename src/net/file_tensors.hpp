// The tensors of a model file: checks that the file has the network's tensors and no others, and reads their numbers.
#pragma once

#include "io/safetensors.hpp"
#include "net/layout.hpp"
#include "net/tensor_names.hpp"
#include "random/mt19937.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace nib {

// The tensors that a checkpoint has beside the model's; train/checkpoint.hpp says what they hold.
inline constexpr const char* running_name = "trainer.running";
inline constexpr const char* random_name = "trainer.random";
inline constexpr std::size_t random_size = Mt19937::state_size + 3;
inline constexpr const char* optimizer_names[] = {"adamw.m", "adamw.v", "sgd.momentum"}; // before a tensor's name
std::string name_in_checkpoint(const char* optimizer_name, const Tensor& tensor);        // "adamw.m.5.weight"

// A tensor's shape and size as stored: dense.
Shape shape_of(const Tensor& tensor);
std::size_t count_of(const Tensor& tensor) noexcept;

// The writers whose files are accepted. PyTorch's wrappers put a prefix before all names, "module." or "_orig_mod.",
// and its models may be F16, BF16 or F64.
enum class Writer { nib, any };

// The tensors of a file, matched to those of a network. Refers to the file.
class NetworkTensors {
public:
    // Throws status, naming file and tensor, unless the file has every parameter and running statistic of the network,
    // with its type and shape, and beside them only num_batches_tracked and a checkpoint's tensors. A count of batches
    // that is out of its range, 0 to most_steps, is NIB_ERR_FORMAT. Writer::any: parameters and running statistics may
    // be of any floating type, and a prefix that all names share is left out. Any text before the first tensor's name
    // can be that prefix, since the rest must be the network's names. names: how the file names the tensors, all of
    // which it must give but counts of batches; a name in it that the file or the network lacks is
    // NIB_ERR_INVALID_ARGUMENT. Null: they have the network's names, or a prefix before them.
    NetworkTensors(const Safetensors& file, const Layout& layout, nib_status status, Writer writer,
                   const TensorNames* names = nullptr);

    const Safetensors& file() const noexcept { return file_; }

    // Reads a parameter or running statistic, given by the network's name for it, as floats: see read_floats.
    void read(const std::string& name, const Shape& shape, std::span<float> values) const;

    // The changes that made the network's tensors from the file's: "8 tensors of F16 converted to F32; the prefix
    // 'module.' left out of all names". Visible text; empty if nothing was changed.
    std::string converted() const;

private:
    std::string stored_name(const std::string& name) const;
    void expect(const std::string& name, Dtype dtype, const Shape& shape);
    Dtype type_of_numbers(const std::string& name) const;
    void expect_numbers(const std::string& name, const Shape& shape);
    bool allow(const std::string& name, Dtype dtype, const Shape& shape);
    void allow_count(const std::string& name);
    void check_rest() const;

    const Safetensors& file_;
    nib_status status_;
    Writer writer_;
    const TensorNames* names_;
    std::string prefix_;
    std::set<std::string, std::less<>> known_; // by their names in the file
    std::map<Dtype, std::size_t> counts_;      // how many tensors of each type
};

// Whether a file may hold the parameters of some network: a tensor's name ends with ".weight".
bool has_weights(const Safetensors& file);

} // namespace nib
