#include "nn/file_tensors.hpp"

#include "base/error.hpp"
#include "nn/model.hpp"

#include <cstdint>
#include <set>
#include <string_view>

namespace nib {

namespace {

// Checks the tensors of a file one by one, and keeps which it has asked for.
class Matching {
public:
    Matching(const Safetensors& file, nib_status status) : file_(file), status_(status) {}

    void expect(const std::string& name, Dtype dtype, const Shape& shape)
    {
        file_.expect(name, dtype, shape, status_);
        known_.insert(name);
    }
    // True where the file has it.
    bool allow(const std::string& name, Dtype dtype, const Shape& shape)
    {
        if (file_.find(name) == nullptr) return false;
        expect(name, dtype, shape);
        return true;
    }
    void finish() const
    {
        for (const StoredTensor& tensor : file_.tensors()) {
            if (known_.contains(tensor.name)) continue;
            throw Error(status_, "%s: tensor '%s': %s, which is no tensor of this network", file_.name().c_str(),
                        shortened(tensor.name, 80).c_str(), describe(tensor.dtype, tensor.shape).c_str());
        }
    }

private:
    const Safetensors& file_;
    nib_status status_;
    std::set<std::string, std::less<>> known_;
};

void check_count(const Safetensors& file, const std::string& name)
{
    std::int64_t count = 0;
    file.read(name, {}, std::span(&count, 1));
    if (count >= 0 && count <= most_steps) return;
    throw Error(NIB_ERR_FORMAT, "%s: %s is %lld: expected 0 to %lld", file.name().c_str(), name.c_str(),
                static_cast<long long>(count), static_cast<long long>(most_steps));
}

} // namespace

std::string moment_name(const Tensor& tensor, bool second) { return (second ? "adamw.v." : "adamw.m.") + tensor.name; }

Shape shape_of(const Tensor& tensor)
{
    Shape shape{static_cast<std::uint64_t>(tensor.rows)};
    if (!tensor.vector) shape.push_back(static_cast<std::uint64_t>(tensor.columns));
    return shape;
}

std::size_t count_of(const Tensor& tensor) noexcept { return static_cast<std::size_t>(tensor.rows * tensor.columns); }

std::vector<Running> running_of(const Layout& layout)
{
    std::vector<Running> all;
    for (std::size_t i = 0; i < layout.layers.size(); ++i) {
        const Layer& layer = layout.layers[i];
        if (!layer.norm) continue;
        const std::string norm =
            (i + 1 == layout.layers.size() ? "output" : "hidden." + std::to_string(i)) + ".batchnorm.";
        all.push_back({norm + "running_mean", norm + "running_var", norm + "num_batches_tracked", &layer,
                       static_cast<std::size_t>(layer.outputs)});
    }
    return all;
}

void check_tensors(const Safetensors& file, const Layout& layout, nib_status status)
{
    Matching match(file, status);
    for (const Tensor& tensor : layout.tensors) match.expect(tensor.name, Dtype::f32, shape_of(tensor));
    for (const Running& running : running_of(layout)) {
        match.expect(running.mean, Dtype::f32, {running.outputs});
        match.expect(running.variance, Dtype::f32, {running.outputs});
        if (match.allow(running.count, Dtype::i64, {})) check_count(file, running.count);
    }
    match.allow(running_name, Dtype::f32, {static_cast<std::uint64_t>(layout.running_size)});
    match.allow(random_name, Dtype::i32, {random_size});
    for (const bool second : {false, true}) {
        for (const Tensor& tensor : layout.tensors) {
            match.allow(moment_name(tensor, second), Dtype::f32, shape_of(tensor));
        }
    }
    match.finish();
}

} // namespace nib
