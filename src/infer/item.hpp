// Draws one item, symbol by symbol, for folded models and, in deploy, for trained ones.
#pragma once

#include "infer/table.hpp"
#include "random/multinomial.hpp"

#include <cstring>

namespace nib::infer {

// The last `length` ids of an item, with 0 before its beginning. They slide over memory for twice as many.
class Window {
public:
    Window(std::int32_t* ids, std::size_t length) noexcept : ids_(ids), length_(length)
    {
        std::memset(ids, 0, length * sizeof *ids);
    }

    const std::int32_t* context() const noexcept { return ids_ + at_; }

    void push(std::int32_t id) noexcept
    {
        if (at_ == length_) {
            std::memcpy(ids_, ids_ + length_ + 1, (length_ - 1) * sizeof *ids_);
            at_ = 0;
            ids_[length_ - 1] = id;
            return;
        }
        ids_[at_++ + length_] = id;
    }

private:
    std::int32_t* ids_;
    std::size_t length_;
    std::size_t at_ = 0;
};

// The factor of the logits. It is finite, because the greatest logit's difference from itself must stay 0.
inline float temperature_factor(double temperature) noexcept
{
    return static_cast<float>(temperature > 1.0 / __FLT_MAX__ ? 1.0 / temperature : __FLT_MAX__);
}

// Draws from the logits of n symbols as torch.multinomial does. The logits are overwritten and have room up to a
// multiple of 16. factor: from temperature_factor.
inline std::int32_t draw_by_words(const EngineTable& kernels, Mt19937& words, std::size_t n, float factor,
                                  float* logits)
{
    kernels.exponentials(static_cast<std::ptrdiff_t>(n), factor, logits);
    return static_cast<std::int32_t>(multinomial(words, {logits, n}));
}

// Continues an item that has `symbols` symbols until the end mark is drawn or it has max_symbols. next(context) draws
// an id; emit(id) receives a symbol.
template <class Next, class Emit>
void draw_item(Window& window, std::size_t symbols, std::size_t max_symbols, Next next, Emit emit)
{
    for (; symbols < max_symbols; ++symbols) {
        const std::int32_t id = next(window.context());
        if (id == 0) return;
        emit(id);
        window.push(id);
    }
}

} // namespace nib::infer
