#include "train/late_updates.hpp"

#include "net/exchange.hpp"
#include "net/planner.hpp"

#include <limits>

namespace nib {

namespace {

struct ExchangeStep {
    bool is_first_thread;
    StepBuffer made;      // by all threads: their gradients
    StepBuffer exchanged; // one number: 1 if that succeeded
};

void hand_over(StepState&, const ExchangeStep&) {}

void exchange(StepState& s, const ExchangeStep& e)
{
    if (e.is_first_thread) *e.exchanged.at(s.step) = sum_gradients(s) ? 1.0f : 0.0f;
}

void take_over(StepState& s, const ExchangeStep& e)
{
    if (*e.exchanged.at(s.step) == 1.0f) return;
    s.is_lost = true;
    s.loss = std::numeric_limits<float>::quiet_NaN();
}

struct LateUpdates {};

void update(StepState& s, const LateUpdates&) { s.update_left(1); }

} // namespace

void plan_exchange(Planner& p)
{
    const ExchangeStep e = {.is_first_thread = p.thread() == 0, .made = p.array(16), .exchanged = p.array(16)};
    p.need_messages(gradient_messages(p.segments(), p.model().layout.size));
    p.last<hand_over>(e, {}, {{e.made.id, Reach::own}});
    p.last<exchange>(e, {{e.made.id, Reach::all}}, {{e.exchanged.id, Reach::all}});
    p.last<take_over>(e, {{e.exchanged.id, Reach::all}}, {});
}

void plan_late_updates(Planner& p) { p.last<update>(LateUpdates{}, {}, {}); }

} // namespace nib
