#include "infer/sample.hpp"

#include "infer/item.hpp"
#include "infer/symbols.hpp"
#include "random/counter_stream.hpp"

#include <cstring>

namespace nib::infer {

namespace {

// An item that is being drawn in one of the batch's lanes.
struct Item {
    CounterStream stream;
    std::size_t number; // count: no item
    std::size_t symbols, bytes;
};

class Batch {
public:
    Batch(const View& view, const Recipe& recipe, std::uint64_t first, std::size_t count, char* text,
          std::size_t stride, std::uint32_t* lengths, const Workspace& workspace) noexcept
        : view_(view),
          recipe_(recipe),
          first_(first),
          count_(count),
          text_(text),
          stride_(stride),
          lengths_(lengths),
          workspace_(workspace),
          lanes_(static_cast<std::size_t>(workspace.plan.lanes)),
          places_(view.header->inputs),
          start_(start_ids_, places_)
    {
        // The last ids of the start are the first context of every item.
        each_symbol(view, recipe.start, recipe.start_bytes, [&](std::int32_t id) { start_.push(id); });
        for (std::size_t lane = 0; lane < lanes_; ++lane) begin(lane);
    }

    void run() noexcept
    {
        float numbers[max_lanes] = {};
        std::int32_t ids[max_lanes];
        while (active_ > 0) {
            if (lanes_ > lane_step && next_ == count_ && active_ <= lanes_ - lane_step) narrow();
            float* logits = lanes_ == 1 ? logits_of_one(view_, workspace_.contexts, workspace_)
                                        : logits_of_batch(view_, workspace_);
            for (std::size_t lane = 0; lane < lanes_; ++lane) {
                if (items_[lane].number < count_) numbers[lane] = items_[lane].stream();
            }
            view_.kernels->draw(view_.vocabulary(), workspace_.plan.lanes, recipe_.factor, numbers, logits, ids);
            for (std::size_t i = 1; i < places_; ++i) {
                std::int32_t* row = workspace_.contexts + i * lanes_;
                std::memcpy(row - lanes_, row, lanes_ * sizeof *row);
            }
            for (std::size_t lane = 0; lane < lanes_; ++lane) push(lane, ids[lane]);
        }
    }

private:
    // Drops lanes for which no items are left. The other lanes move together, row by row; the copy overwrites nothing
    // that is still to be read.
    void narrow() noexcept
    {
        const std::size_t wide = lanes_;
        lanes_ -= lane_step;
        workspace_.plan.lanes = static_cast<std::ptrdiff_t>(lanes_);
        for (std::size_t i = 0; i < places_; ++i) {
            const std::int32_t* from = workspace_.contexts + i * wide;
            std::int32_t* to = workspace_.contexts + i * lanes_;
            std::size_t lane = 0;
            for (std::size_t old = 0; old < wide; ++old) {
                if (items_[old].number < count_) to[lane++] = from[old];
            }
            for (; lane < lanes_; ++lane) to[lane] = 0;
        }
        std::size_t lane = 0;
        for (std::size_t old = 0; old < wide; ++old) {
            if (items_[old].number < count_) items_[lane++] = items_[old];
        }
        for (; lane < wide; ++lane) items_[lane].number = count_;
    }

    // Begins the next item in the lane. If none is left, the lane keeps its contents and its results are ignored.
    void begin(std::size_t lane) noexcept
    {
        Item& item = items_[lane];
        item.number = next_ < count_ ? next_++ : count_;
        for (std::size_t i = 0; i < places_; ++i) workspace_.contexts[i * lanes_ + lane] = start_.context()[i];
        if (item.number == count_) return;
        ++active_;
        item.stream = CounterStream(recipe_.seed, first_ + item.number);
        item.symbols = recipe_.start_symbols;
        item.bytes = recipe_.start_bytes;
        std::memcpy(text_ + item.number * stride_, recipe_.start, recipe_.start_bytes);
    }

    void push(std::size_t lane, std::int32_t id) noexcept
    {
        Item& item = items_[lane];
        workspace_.contexts[(places_ - 1) * lanes_ + lane] = id;
        if (item.number == count_) return;
        if (id != 0 && item.symbols < recipe_.max_length) {
            const std::size_t size = symbol_size(view_, id);
            std::memcpy(text_ + item.number * stride_ + item.bytes, view_.symbols + 4 * id, size);
            item.bytes += size;
            ++item.symbols;
            if (item.symbols < recipe_.max_length) return;
        }
        lengths_[item.number] = static_cast<std::uint32_t>(item.bytes);
        --active_;
        begin(lane);
    }

    const View& view_;
    const Recipe& recipe_;
    std::uint64_t first_;
    std::size_t count_, next_ = 0, active_ = 0;
    char* text_;
    std::size_t stride_;
    std::uint32_t* lengths_;
    Workspace workspace_;
    std::size_t lanes_, places_;
    std::int32_t start_ids_[2 * max_context_length];
    Window start_;
    Item items_[max_lanes];
};

} // namespace

void sample(const View& view, const Recipe& recipe, std::uint64_t first, std::size_t count, char* text,
            std::size_t stride, std::uint32_t* lengths, const Workspace& workspace) noexcept
{
    Batch(view, recipe, first, count, text, stride, lengths, workspace).run();
}

} // namespace nib::infer
