#include "train/step_places.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

namespace nib {

namespace {

bool is_cross(Reach write, Reach read) { return write == Reach::all || read == Reach::all; }

// Whether a stage writes something that another thread reads in a later one.
bool leaves(const std::vector<Stage>& stages, std::size_t index)
{
    for (const Access& write : stages[index].writes) {
        for (std::size_t later = index + 1; later < stages.size(); ++later) {
            for (const Access& read : stages[later].reads)
                if (read.buffer == write.buffer && is_cross(write.reach, read.reach)) return true;
        }
    }
    return false;
}

// The rounds in which a buffer was last written: rows of other threads, own rows.
struct Written {
    int all = 0, own = 0;
};

std::size_t buffers_of(const std::vector<Stage>& stages)
{
    int last = -1;
    for (const Stage& stage : stages) {
        for (const std::vector<Access>& accesses : {stage.reads, stage.writes})
            for (const Access& each : accesses) last = std::max(last, each.buffer);
    }
    return static_cast<std::size_t>(last + 1);
}

} // namespace

std::vector<StepEntry::What> order_of(const std::vector<Stage>& stages, int threads)
{
    if (threads == 1) return std::vector<StepEntry::What>(stages.size(), StepEntry::run);
    std::vector<StepEntry::What> order;
    std::vector<Written> written(buffers_of(stages));
    int round = 0, waited = 0;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        int needed = 0;
        for (const Access& read : stages[i].reads) {
            const Written& w = written[static_cast<std::size_t>(read.buffer)];
            needed = std::max({needed, w.all, read.reach == Reach::all ? w.own : 0});
        }
        if (needed > waited) {
            order.push_back(StepEntry::wait);
            waited = round;
        }
        order.push_back(StepEntry::run);
        if (!leaves(stages, i)) continue;
        order.push_back(StepEntry::arrive);
        ++round;
        for (const Access& write : stages[i].writes) {
            Written& w = written[static_cast<std::size_t>(write.buffer)];
            (write.reach == Reach::all ? w.all : w.own) = round;
        }
    }
    return order;
}

namespace {

// The part of the step, in places of the order, in which a buffer's content is needed; beyond the order's end: in the
// next step.
struct Life {
    std::ptrdiff_t begin = PTRDIFF_MAX / 2; // first write; if it is never written, behind every order
    std::ptrdiff_t end = -1;                // from here on no thread uses it
    std::ptrdiff_t cross_end = -1;          // from here on no thread reads what others wrote
    bool is_written_by_all = false;
};

class Lives {
public:
    Lives(const std::vector<Stage>& stages, const std::vector<StepEntry::What>& order)
        : order_(order), lives_(buffers_of(stages))
    {
        for (const Stage& stage : stages)
            for (const Access& write : stage.writes)
                if (write.reach == Reach::all) life(write).is_written_by_all = true;
        std::size_t next = 0;
        for (std::size_t at = 0; at < order.size(); ++at)
            if (order[at] == StepEntry::run) add(stages[next++], static_cast<std::ptrdiff_t>(at));
    }

    std::size_t size() const { return lives_.size(); }
    const Life& operator[](std::size_t id) const { return lives_[id]; }
    std::ptrdiff_t length() const { return static_cast<std::ptrdiff_t>(order_.size()); }

    // Whether the next step may write the buffer while others still read it.
    bool needs_two_copies(std::size_t id) const { return lives_[id].cross_end > lives_[id].begin + length(); }

    bool overlap(std::size_t a, std::size_t b) const { return reaches(a, b) || reaches(b, a); }

private:
    Life& life(const Access& access) { return lives_[static_cast<std::size_t>(access.buffer)]; }

    void add(const Stage& stage, std::ptrdiff_t at)
    {
        for (const Access& read : stage.reads) {
            Life& of = life(read);
            of.end = std::max(of.end, met_after(at));
            if (is_cross(of.is_written_by_all ? Reach::all : Reach::own, read.reach))
                of.cross_end = std::max(of.cross_end, met_after(at));
        }
        for (const Access& write : stage.writes) {
            life(write).begin = std::min(life(write).begin, at);
            life(write).end = std::max(life(write).end, met_after(at));
        }
    }

    // The first place at which every thread is past `at`: behind a wait that stands behind an arrive.
    std::ptrdiff_t met_after(std::ptrdiff_t at) const
    {
        if (std::find(order_.begin(), order_.end(), StepEntry::wait) == order_.end()) return at;
        bool arrived = false;
        for (;;) {
            const StepEntry::What what = order_[static_cast<std::size_t>(++at % length())];
            arrived = arrived || what == StepEntry::arrive;
            if (arrived && what == StepEntry::wait) return at;
        }
    }

    // Whether a is still needed when b is written, in the same step or in the next one.
    bool reaches(std::size_t a, std::size_t b) const
    {
        const Life &first = lives_[a], &second = lives_[b];
        return (first.begin <= second.begin && first.end >= second.begin) || first.end >= second.begin + length();
    }

    const std::vector<StepEntry::What>& order_;
    std::vector<Life> lives_;
};

// A gradient is read only by the layer below, so a few places serve all layers in turn. At batch 8192 a place for each
// layer would take 32 MB more for lecture-deep's step, more than any cache holds.
struct SharedPlace {
    std::ptrdiff_t floats = 0;
    std::vector<std::size_t> users;
};

std::vector<SharedPlace> share(std::span<const std::ptrdiff_t> sizes, const Lives& lives,
                               std::vector<std::size_t> gradients)
{
    std::sort(gradients.begin(), gradients.end(),
              [&](std::size_t a, std::size_t b) { return lives[a].begin < lives[b].begin; });
    std::vector<SharedPlace> places;
    for (const std::size_t id : gradients) {
        const auto is_free = [&](const SharedPlace& place) {
            return std::none_of(place.users.begin(), place.users.end(),
                                [&](std::size_t user) { return lives.overlap(user, id); });
        };
        auto place = std::find_if(places.begin(), places.end(), is_free);
        if (place == places.end()) place = places.insert(places.end(), SharedPlace{});
        place->users.push_back(id);
        place->floats = std::max(place->floats, sizes[id]);
    }
    return places;
}

} // namespace

std::vector<BufferPlace> places_of(const Planner& planner, const std::vector<Stage>& stages,
                                   const std::vector<StepEntry::What>& order, std::ptrdiff_t& end)
{
    const std::span<const std::ptrdiff_t> sizes = planner.buffer_sizes();
    const Lives lives(stages, order);
    std::vector<BufferPlace> places(sizes.size());
    std::vector<std::size_t> gradients;
    end = 0;
    const auto take = [&](std::ptrdiff_t floats) { return std::exchange(end, end + padded(floats)); };
    for (std::size_t id = 0; id < sizes.size(); ++id) {
        const bool twice = id < lives.size() && lives.needs_two_copies(id);
        if (planner.is_gradient(static_cast<int>(id)) && sizes[id] > 0 && !twice) {
            gradients.push_back(id);
            continue;
        }
        places[id].copies[0] = places[id].copies[1] = take(sizes[id]);
        if (twice) places[id].copies[1] = take(sizes[id]);
    }
    for (const SharedPlace& shared : share(sizes, lives, std::move(gradients))) {
        const std::ptrdiff_t offset = take(shared.floats);
        for (const std::size_t id : shared.users) places[id].copies[0] = places[id].copies[1] = offset;
    }
    return places;
}

} // namespace nib
