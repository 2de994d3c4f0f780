#include "lab/capacity.hpp"

namespace shoal::lab {

Flow::~Flow()
{
    if (uplink_ != nullptr) uplink_->leave(*this);
}

void Uplink::activate(Flow& flow)
{
    if (flow.uplink_ == nullptr) join(flow);
    if (!will_wake_) pump();
}

void Uplink::clear()
{
    while (turn_ != nullptr) leave(*turn_);
    will_wake_ = false;
}

void Uplink::join(Flow& flow)
{
    flow.uplink_ = this;
    if (turn_ == nullptr) {
        flow.previous_ = flow.next_ = turn_ = &flow;
        return;
    }
    flow.next_ = turn_;
    flow.previous_ = turn_->previous_;
    flow.previous_->next_ = &flow;
    turn_->previous_ = &flow;
}

void Uplink::leave(Flow& flow)
{
    if (turn_ == &flow) turn_ = flow.next_ == &flow ? nullptr : flow.next_;
    flow.previous_->next_ = flow.next_;
    flow.next_->previous_ = flow.previous_;
    flow.uplink_ = nullptr;
    flow.previous_ = flow.next_ = nullptr;
}

void Uplink::pump()
{
    if (is_pumping_) return;
    is_pumping_ = true;
    while (turn_ != nullptr) {
        auto& flow = *turn_;
        const auto octets = flow.offer();
        if (octets == 0) {
            leave(flow);
            continue;
        }
        if (clock_.free_at() > scheduler_.now()) break;
        turn_ = flow.next_;
        octets_ += octets;
        const auto turn = clock_.reserve(scheduler_.now(), octets);
        flow.depart(turn.start, turn.end);
    }
    is_pumping_ = false;
    if (turn_ == nullptr) return;
    will_wake_ = true;
    scheduler_.schedule(clock_.free_at(), {.node = node_, .kind = EventKind::uplink}, [this] {
        will_wake_ = false;
        pump();
    });
}

}  // namespace shoal::lab
