#include "net/file_tensors.hpp"

#include "base/error.hpp"
#include "io/floats.hpp"
#include "io/visible.hpp"
#include "net/model.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace nib {

namespace {

// The prefix, ending with a dot, in front of the wanted name in a tensor's name; none if it is a different name.
std::optional<std::string_view> prefix_of(std::string_view name, std::string_view wanted)
{
    if (!name.ends_with(wanted)) return std::nullopt;
    const std::string_view prefix = name.substr(0, name.size() - wanted.size());
    return prefix.empty() || prefix.ends_with('.') ? std::optional(prefix) : std::nullopt;
}

bool is_of_optimizer(std::string_view name)
{
    return std::any_of(std::begin(optimizer_names), std::end(optimizer_names), [&](std::string_view start) {
        return name.starts_with(start) && name.substr(start.size()).starts_with('.');
    });
}

// The first tensor whose name does not begin with the prefix; nullptr if all names do.
const StoredTensor* first_without(const Safetensors& file, std::string_view prefix)
{
    const std::span<const StoredTensor> all = file.tensors();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const StoredTensor& each) { return !each.name.starts_with(prefix); });
    return found == all.end() ? nullptr : &*found;
}

// The prefix of all names of a file, found by the name of the network's first tensor. Names within a residual may end
// with that name as well: "module.0.weight" and "module.4.0.weight". Throws status, naming two tensors, if only some
// names have the prefix, or if two prefixes are possible.
std::string common_prefix(const Safetensors& file, const Layout& layout, nib_status status)
{
    if (layout.tensors.empty()) return "";
    const std::string& wanted = layout.tensors.front().name;
    if (file.find(wanted) != nullptr) return "";
    std::set<std::string_view> own;
    for (const Tensor& tensor : layout.tensors) own.insert(tensor.name);
    const StoredTensor *first = nullptr, *partial = nullptr, *lacking = nullptr;
    for (const StoredTensor& tensor : file.tensors()) {
        const std::optional<std::string_view> prefix = prefix_of(tensor.name, wanted);
        if (!prefix || is_of_optimizer(tensor.name) || own.contains(tensor.name)) continue;
        if (const StoredTensor* const without = first_without(file, *prefix)) {
            if (partial == nullptr) partial = &tensor, lacking = without;
            continue;
        }
        if (first != nullptr) {
            throw Error(status, "%s: tensors '%s' and '%s': expected one network's, with one prefix before all names",
                        file.name().c_str(), shortened(first->name, 80).c_str(), shortened(tensor.name, 80).c_str());
        }
        first = &tensor;
    }
    if (first != nullptr) return std::string(*prefix_of(first->name, wanted));
    if (partial == nullptr) return "";
    throw Error(status, "%s: tensor '%s' lacks the prefix of '%s': expected all names to have it, or none",
                file.name().c_str(), shortened(lacking->name, 80).c_str(), shortened(partial->name, 80).c_str());
}

// A map must give each tensor of the network, and may give the counts of batches, which a file may lack.
void check_names(const TensorNames& names, const Safetensors& file, const Layout& layout)
{
    std::set<std::string, std::less<>> needed, counts;
    for (const Tensor& tensor : layout.tensors) needed.insert(tensor.name);
    for (const Running& running : layout.running) {
        needed.insert({running.mean_name(), running.variance_name()});
        counts.insert(running.count_name());
    }
    for (const Scale& scale : layout.scales) needed.insert({scale.mean_name(), scale.factor_name()});
    const auto refuse = [](std::size_t line, const std::string& name, const char* expected) {
        throw Error(NIB_ERR_INVALID_ARGUMENT, "names, line %zu: '%s': expected the name of a tensor of %s", line,
                    visible(shortened(name, 80)).c_str(), expected);
    };
    for (const auto& [name, entry] : names.all()) {
        if (counts.contains(name)) continue;
        if (needed.erase(name) == 0) refuse(entry.line, name, "the network");
        if (file.find(entry.in_file) == nullptr) refuse(entry.line, entry.in_file, file.name().c_str());
    }
    if (needed.empty()) return;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "names: no line for '%s': expected one for each tensor of the network",
                needed.begin()->c_str());
}

} // namespace

std::string name_in_checkpoint(const char* optimizer_name, const Tensor& tensor)
{
    return std::string(optimizer_name).append(1, '.').append(tensor.name);
}

Shape shape_of(const Tensor& tensor)
{
    const std::ptrdiff_t extents[] = {tensor.rows, tensor.columns / tensor.taps.count(), tensor.taps.height,
                                      tensor.taps.width};
    Shape shape;
    for (int i = 0; i < 4; ++i) {
        const bool is_series = i == 2 && tensor.rank == 3; // its window has a width alone
        if (!is_series && static_cast<int>(shape.size()) < tensor.rank)
            shape.push_back(static_cast<std::uint64_t>(extents[i]));
    }
    return shape;
}

std::size_t count_of(const Tensor& tensor) noexcept { return static_cast<std::size_t>(tensor.rows * tensor.columns); }

NetworkTensors::NetworkTensors(const Safetensors& file, const Layout& layout, nib_status status, Writer writer,
                               const TensorNames* names)
    : file_(file),
      status_(status),
      writer_(writer),
      names_(names),
      prefix_(writer == Writer::any && names == nullptr ? common_prefix(file, layout, status) : "")
{
    if (names != nullptr) check_names(*names, file, layout);
    for (const Tensor& tensor : layout.tensors) expect_numbers(tensor.name, shape_of(tensor));
    for (const Running& running : layout.running) {
        const Shape shape{static_cast<std::uint64_t>(running.size)};
        expect_numbers(running.mean_name(), shape);
        expect_numbers(running.variance_name(), shape);
        allow_count(running.count_name());
    }
    for (const Scale& scale : layout.scales) {
        for (const std::string& name : {scale.mean_name(), scale.factor_name()})
            expect_numbers(name, {static_cast<std::uint64_t>(scale.size)});
    }
    allow(running_name, Dtype::f32, {static_cast<std::uint64_t>(layout.running_size)});
    allow(random_name, Dtype::i32, {random_size});
    for (const char* name : optimizer_names) {
        for (const Tensor& tensor : layout.tensors)
            allow(name_in_checkpoint(name, tensor), Dtype::f32, shape_of(tensor));
    }
    check_rest();
}

// The name in the file of a tensor of the network; "" if a map gives none.
std::string NetworkTensors::stored_name(const std::string& name) const
{
    if (names_ == nullptr) return prefix_ + name;
    const auto found = names_->all().find(name);
    return found == names_->all().end() ? "" : found->second.in_file;
}

void NetworkTensors::expect(const std::string& name, Dtype dtype, const Shape& shape)
{
    const std::string stored = stored_name(name);
    file_.expect(stored, dtype, shape, status_);
    known_.insert(stored);
}

// The floating type in which a tensor is accepted.
Dtype NetworkTensors::type_of_numbers(const std::string& name) const
{
    const StoredTensor* const found = file_.find(stored_name(name));
    const bool is_taken = writer_ == Writer::any && found != nullptr && is_floating(found->dtype);
    return is_taken ? found->dtype : Dtype::f32;
}

void NetworkTensors::expect_numbers(const std::string& name, const Shape& shape)
{
    const Dtype dtype = type_of_numbers(name);
    expect(name, dtype, shape);
    if (dtype != Dtype::f32) ++counts_[dtype];
}

// Returns true if the file has the tensor.
bool NetworkTensors::allow(const std::string& name, Dtype dtype, const Shape& shape)
{
    if (file_.find(stored_name(name)) == nullptr) return false;
    expect(name, dtype, shape);
    return true;
}

void NetworkTensors::allow_count(const std::string& name)
{
    if (!allow(name, Dtype::i64, {})) return;
    std::int64_t count = 0;
    file_.read(stored_name(name), {}, std::span(&count, 1));
    if (count >= 0 && count <= most_steps) return;
    throw Error(NIB_ERR_FORMAT, "%s: %s is %lld: expected 0 to %lld", file_.name().c_str(), name.c_str(),
                static_cast<long long>(count), static_cast<long long>(most_steps));
}

void NetworkTensors::check_rest() const
{
    for (const StoredTensor& tensor : file_.tensors()) {
        if (known_.contains(tensor.name)) continue;
        throw Error(status_, "%s: tensor '%s': %s, which is no tensor of this network", file_.name().c_str(),
                    shortened(tensor.name, 80).c_str(), describe(tensor.dtype, tensor.shape).c_str());
    }
}

void NetworkTensors::read(const std::string& name, const Shape& shape, std::span<float> values) const
{
    const Dtype dtype = type_of_numbers(name);
    const std::span<const char> bytes = file_.expect(stored_name(name), dtype, shape);
    read_floats({name, dtype, shape, bytes}, file_.name() + ": ", values);
}

std::string NetworkTensors::converted() const
{
    std::string text;
    for (const auto& [dtype, count] : counts_) {
        text += (text.empty() ? "" : ", ") + std::to_string(count) + (count == 1 ? " tensor of " : " tensors of ") +
                name_of(dtype);
    }
    if (!text.empty()) text += " converted to F32";
    if (!prefix_.empty())
        text +=
            (text.empty() ? "" : "; ") + ("the prefix '" + visible(shortened(prefix_, 80))) + "' left out of all names";
    return text;
}

bool has_weights(const Safetensors& file)
{
    const std::span<const StoredTensor> all = file.tensors();
    return std::any_of(all.begin(), all.end(), [](const StoredTensor& each) { return each.name.ends_with(".weight"); });
}

} // namespace nib
