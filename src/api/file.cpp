#include "io/file.hpp"
#include "api/context.hpp"
#include "api/guard.hpp"
#include "io/visible.hpp"

#include <span>

using namespace nib;

nib_status nib_write_file(nib_context* context, const char* path, const void* data, size_t size)
{
    return api::guard("context", context, [&] {
        api::check_pointer("path", path);
        if (size > 0) api::check_pointer("data", data);
        const std::span<const char> whole(static_cast<const char*>(data), size);
        write_file(path, {&whole, 1});
    });
}

size_t nib_visible_text(const char* text, size_t length, char* visible, size_t capacity)
{
    if (text == nullptr) length = 0;
    if (visible == nullptr) capacity = 0;
    return make_visible({text, length}, visible, capacity);
}
