#include "json.hpp"

#include "failure.hpp"

namespace nib::cli {

void print_json(const Json& value)
{
    print_line(value.dump(-1, ' ', false, Json::error_handler_t::replace));
    flush_results();
}

} // namespace nib::cli
