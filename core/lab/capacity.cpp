#include "lab/capacity.hpp"

#include <utility>

namespace shoal::lab {

Outflow::~Outflow()
{
    if (serving_ != nullptr) serving_->serve(nullptr);
}

void Uplink::activate(Outflow& flow)
{
    if (&flow != served_) waiting_.join(flow);
    if (will_wake_ || is_pumping_) return;
    if (clock_.free_at() > scheduler_.now()) {
        wake_when_free();
    } else {
        pump();
    }
}

void Uplink::clear()
{
    serve(nullptr);
    waiting_.clear();
    will_wake_ = false;
}

void Uplink::serve(Outflow* flow)
{
    if (served_ != nullptr) served_->serving_ = nullptr;
    served_ = flow;
    if (flow != nullptr) flow->serving_ = this;
}

void Uplink::pump()
{
    is_pumping_ = true;
    if (auto* served = served_) {
        serve(nullptr);
        waiting_.join(*served);
    }
    while (!waiting_.empty()) {
        auto& flow = waiting_.front();
        waiting_.leave(flow);
        const auto octets = flow.offer();
        if (octets == 0) continue;
        octets_ += octets;
        const auto turn = clock_.reserve(scheduler_.now(), octets);
        flow.depart(turn.start, turn.end);
        if (turn.end == scheduler_.now()) {
            waiting_.join(flow);
            continue;
        }
        serve(&flow);
        // A lone message costs no event of the uplink's own.
        if (!waiting_.empty() || flow.offer() > 0) wake_when_free();
        break;
    }
    is_pumping_ = false;
}

void Uplink::wake_when_free()
{
    will_wake_ = true;
    scheduler_.schedule(clock_.free_at(), {.node = node_, .kind = EventKind::uplink}, [this] {
        will_wake_ = false;
        pump();
    });
}

Inflow::~Inflow()
{
    if (serving_ != nullptr) serving_->served_ = nullptr;
}

void Downlink::arrive(Inflow& flow, const Inflow::Arrival& arrival)
{
    octets_ += arrival.octets;
    if (!is_busy_ && !clock_.is_limited()) {
        flow.pass(arrival);
        return;
    }
    flow.arrivals_.push_back(arrival);
    if (&flow != served_) waiting_.join(flow);
    if (!is_busy_) pump();
}

void Downlink::pump()
{
    while (!is_busy_ && !waiting_.empty()) {
        auto& flow = waiting_.front();
        waiting_.leave(flow);
        const auto& next = flow.arrivals_.front();
        const auto end = clock_.reserve(next.first, next.octets).end;
        is_busy_ = true;
        served_ = &flow;
        flow.serving_ = this;
        if (end <= scheduler_.now()) {
            finish();
        } else {
            scheduler_.schedule(end, {.node = node_, .kind = EventKind::downlink, .size = next.octets},
                                [this] {
                                    finish();
                                    pump();
                                });
        }
    }
}

void Downlink::finish()
{
    is_busy_ = false;
    auto* flow = std::exchange(served_, nullptr);
    if (flow == nullptr) return;
    flow->serving_ = nullptr;
    const auto arrival = flow->arrivals_.pop_front();
    if (!flow->arrivals_.empty()) waiting_.join(*flow);
    flow->pass(arrival);
}

void Downlink::clear()
{
    if (served_ != nullptr) std::exchange(served_, nullptr)->serving_ = nullptr;
    waiting_.clear();
    is_busy_ = false;
}

}  // namespace shoal::lab
