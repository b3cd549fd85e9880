#include "train/train_metadata.hpp"

#include "base/error.hpp"
#include "io/metadata.hpp"
#include "train/train_options.hpp"

namespace nib {

namespace {

constexpr const char* prefix = "train.";

} // namespace

void put_options(const nib_train_options& options, Metadata& metadata)
{
    put_fields(train_fields(), &options, prefix, metadata);
}

nib_train_options get_train_options(const Safetensors& file, const Layout& layout)
{
    nib_train_options options{};
    options.struct_size = sizeof options;
    get_fields(train_fields(), file, prefix, &options);
    try {
        check_options(options, layout);
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: the metadata's %s%s", file.name().c_str(), prefix, error.what());
    }
    return options;
}

} // namespace nib
