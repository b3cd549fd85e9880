#include "api/folded.hpp"
#include "api/guard.hpp"
#include "api/model.hpp"
#include "deploy/export_c.hpp"
#include "deploy/export_onnx.hpp"
#include "deploy/export_pytorch.hpp"

using namespace nib;

nib_status nib_export_c(const nib_folded* folded, const char* prefix, const char* path)
{
    return api::guard("folded", folded, [&] {
        api::check_pointer("prefix", prefix);
        api::check_pointer("path", path);
        export_c(folded->folded, prefix, path, folded->context->memory);
    });
}

nib_status nib_export_onnx(const nib_folded* folded, const char* path)
{
    return api::guard("folded", folded, [&] {
        api::check_pointer("path", path);
        export_onnx(folded->folded, path, folded->context->memory);
    });
}

nib_status nib_export_pytorch(const nib_model* model, const char* path)
{
    return api::guard("model", model, [&] {
        api::check_pointer("path", path);
        export_pytorch(model->model, path);
    });
}
