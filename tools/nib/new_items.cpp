#include "new_items.hpp"

#include "failure.hpp"

#include <cstddef>

namespace nib::cli {

NewItems::NewItems(nib::sampler& sampler, const Input& text, nib_encoding encoding)
    : sampler_(sampler), text_name_(text.name)
{
    std::int64_t line = 0;
    for (std::size_t at = 0;;) {
        const char* item = nullptr;
        std::size_t size = 0;
        check(nib_text_next_item(text.bytes.data(), text.bytes.size(), encoding, &at, &line, &item, &size));
        if (item == nullptr) return;
        known_.emplace(item, size);
    }
}

std::string NewItems::next()
{
    constexpr int most = 1000; // known items in a row: one new item in a hundred is missed once in 20,000 draws
    for (int i = 0; i < most; ++i) {
        std::string item = sampler_.next();
        if (!known_.contains(item)) return item;
        ++left_out_;
    }
    throw Failure("no new item: the last " + std::to_string(most) + " stand in " + text_name_ +
                  "; a higher --temperature draws others");
}

void NewItems::tell_left_out() const
{
    note("left out %lld item%s in %s", static_cast<long long>(left_out_),
         left_out_ == 1 ? " that stands" : "s that stand", text_name_.c_str());
}

} // namespace nib::cli
