#include "train/presets.hpp"

#include "api/guard.hpp"

using namespace nib;

nib_status nib_preset(const char* name, nib_model_options* model, nib_train_options* train)
{
    return api::guard(nullptr, [&] {
        api::check_pointer("name", name);
        if (model != nullptr) api::check_struct("model", model);
        if (train != nullptr) api::check_struct("train", train);
        const Preset* preset = find_preset(name);
        if (preset == nullptr) throw Error(NIB_ERR_INVALID_ARGUMENT, "there is no preset %s", name);
        if (model != nullptr) api::write_struct("model", model, preset->model);
        if (train != nullptr) api::write_struct("train", train, preset->train);
    });
}

const char* nib_preset_name(size_t index) { return index < presets().size() ? presets()[index].name : nullptr; }
