#include "torrent/torrent.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

// From rest to live and back: start, stop, failure. Whatever ends a run winds it down (peers, trackers, writes, the store), and what
// comes next is decided when it is at rest.
namespace shoal::torrent {

void Torrent::enter(State state)
{
    if (const auto* live = swarm()) past_totals_ += live->totals();
    state_ = std::move(state);
    const auto* failed = std::get_if<Failed>(&state_);
    tell_state(failed ? failed->why.text : "");
}

void Torrent::tell_state(std::string_view why)
{
    control::Value::Map event;
    event.set("state", stage_name(stage()));
    if (!why.empty()) event.set("why", why);
    publish("torrent.state", std::move(event));
}

void Torrent::start()
{
    wants_live_ = true;
    if (is_winding_down_) return;
    if (std::holds_alternative<Paused>(state_) || std::holds_alternative<Failed>(state_)) begin();
}

void Torrent::begin()
{
    failure_.reset();
    takes_all_along_ = false;  // from here on it knows what is its own
    ++run_;
    is_store_open_ = true;
    is_finish_told_ = ledger_.wanted_count() == 0;
    unverified_ = unverified();
    store_->set_unverified(unverified_);
    enter(Checking{});
    store_->open([this](Result<Bitfield> there) { on_opened(std::move(there)); });
}

SwarmContext Torrent::swarm_context()
{
    return {.environment = parts_.environment,
            .transport = parts_.transport,
            .metainfo = *metainfo_,
            .ledger = ledger_,
            .store = *store_,
            .buffers = parts_.buffers,
            .down = down_,
            .up = up_,
            .finder = *finder_,
            .identity = parts_.identity,
            .settings = parts_.settings,
            .log = parts_.log,
            .events = *this};
}

void Torrent::go_live()
{
    auto pickers = parts_.plugins.make_pickers(options_.pickers, *this, *this);
    if (!pickers) return fail(pickers.error());
    auto choker = parts_.plugins.make_choker(options_.choker, *this, *this);
    if (!choker) return fail(choker.error());
    finish_complete_files();
    // Whoever has everything was never downloading: it is said to seed when its files have their names.
    const bool is_complete = ledger_.wanted_count() == 0;
    Live live{.swarm = std::make_unique<Swarm>(swarm_context()), .is_naming = is_complete};
    if (is_complete) state_ = std::move(live);
    else enter(std::move(live));
    swarm()->set_pickers(std::move(*pickers));
    swarm()->set_choker(std::move(*choker));
    make_extensions();
    swarm()->start();
    seed_if_done();
}

// Not before every file has its name: until then a disk can still say no.
void Torrent::seed_if_done()
{
    if (ledger_.wanted_count() == 0 && finishing_ == 0) become_seeding();
}

void Torrent::become_seeding()
{
    auto* live = std::get_if<Live>(&state_);
    if (live == nullptr || live->is_seeding) return;
    live->is_seeding = true;
    live->is_naming = false;
    tell_state({});
    if (!std::exchange(is_finish_told_, true)) publish("torrent.finished", control::Value::Map{});
}

// Something more is wanted now.
void Torrent::become_downloading()
{
    auto* live = std::get_if<Live>(&state_);
    if (live == nullptr || !(live->is_seeding || live->is_naming)) return;
    live->is_seeding = false;
    live->is_naming = false;
    is_finish_told_ = false;
    tell_state({});
}

void Torrent::fail(const Error& why)
{
    if (failure_) return;
    parts_.log.info("failed: {}", why.text);  // whoever asked for the torrent tells the user: see Status::failure
    failure_ = why;
    wants_live_ = false;
    wind_down();
    answer_rechecks(why);
    refuse_unchecked(why);
}

void Torrent::stop(environment::Task done)
{
    wants_live_ = false;
    waiting_.stops.push_back(std::move(done));
    wind_down();
    answer_rechecks(make_error(Errc::cancelled, "the torrent was stopped"));
    refuse_unchecked(make_error(Errc::cancelled, "it was stopped before it was checked"));
}

void Torrent::wind_down()
{
    if (std::exchange(is_winding_down_, true)) return;
    if (auto* checking = std::get_if<Checking>(&state_)) checking->checker.reset();
    // The last tracker may answer when nobody waits any more and the torrent is gone; the loop is not.
    auto close = [&loop = parts_.environment.loop, this, alive = std::weak_ptr(alive_)] {
        loop.post([this, alive] {
            if (!alive.expired()) close_store();
        });
    };
    if (auto* live = swarm()) {
        live->stop(std::move(close));
    } else {
        finder_->stop(std::move(close));  // it may have begun while the metadata was fetched
    }
}

void Torrent::close_store()
{
    if (!std::exchange(is_store_open_, false)) return come_to_rest({});
    store_->close([this](Result<void> closed) { come_to_rest(std::move(closed)); });
}

void Torrent::come_to_rest(Result<void> closed)
{
    if (!closed) on_disk_error(closed.error());
    else if (!is_in_doubt_ && knowledge_ != Knowledge::nothing) safe_ = ledger_.have();
    if (knowledge_ == Knowledge::all) std::ranges::move(std::exchange(waiting_.checked, {}), std::back_inserter(waiting_.operations));
    if (!waiting_.operations.empty()) return operate_at_rest();
    is_winding_down_ = false;
    const bool goes_on = wants_live_ || !waiting_.rechecks.empty() || !waiting_.checked.empty();
    const bool is_at_its_end = std::holds_alternative<Failed>(state_) || std::holds_alternative<Paused>(state_);
    if (failure_ && !std::holds_alternative<Failed>(state_)) enter(Failed{*failure_});
    else if (!goes_on && !is_at_its_end) enter(Paused{});
    // Whoever waits may start it, stop it or destroy it.
    auto checkpoints = std::exchange(waiting_.checkpoints, {});
    auto stops = std::exchange(waiting_.stops, {});
    auto reached = progress(!goes_on);
    if (goes_on) begin();
    for (auto& checkpoint : checkpoints) checkpoint(reached);
    for (auto& stop : stops) stop();
}

}  // namespace shoal::torrent
