#include "option_json.hpp"

#include <algorithm>
#include <vector>

namespace nib::cli {

Json json_of_options(OptionInfos infos, const void* values)
{
    std::vector<nib_option_info> in_order(infos.begin(), infos.end());
    std::sort(in_order.begin(), in_order.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    Json record;
    for (const nib_option_info& option : in_order) {
        Json& value = record[option.name];
        if (option.kind == NIB_OPTION_TEXT)
            value = text_of(option, values);
        else if (option.kind == NIB_OPTION_DOUBLE)
            value = real_of(option, values);
        else if (option.kind == NIB_OPTION_WORD)
            value = word_of(option, whole_of(option, values));
        else
            value = whole_of(option, values);
    }
    return record;
}

} // namespace nib::cli
