#include "client/client.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>

namespace shoal::client {

namespace {
constexpr std::size_t most_gone = 10'000;
constexpr std::int64_t last_second = 9'000'000'000'000;  // whose microseconds can be counted, whatever a clock says
}

Client::Client(Parts parts, ClientSettings settings)
    : parts_(std::move(parts)), settings_(std::move(settings)), plane_(parts_.methods),
      session_({.environment = parts_.environment,
                .transport = parts_.transport,
                .registry = parts_.plugins,
                .events = *this,
                .log = parts_.log,
                .kept = &parts_.library.kept(),
                .control = &plane_,
                .sleepers = this},
               settings_.session),
      // A revision of an earlier run is older than all of ours: whoever holds one is told everything.
      guarded_(settings_.guarded), changes_(most_gone, static_cast<std::uint64_t>(std::clamp<std::int64_t>(parts_.unix_time(), 0, last_second)) * 1'000'000),
      checkpoints_(parts_.environment.loop), ticks_(parts_.environment.loop), decisions_(parts_.environment.loop),
      alarms_(parts_.environment.loop, [this](const Hash20& torrent) { on_alarm(torrent); })
{
}

Client::~Client() = default;

Result<void> Client::start()
{
    if (const auto listening = session_.listen(); !listening) return listening.error();
    auto kept = parts_.library.torrents();
    for (const auto& stored : kept) next_position_ = std::max(next_position_, stored.record.position + 1);
    std::set<std::uint64_t> taken;
    for (auto& stored : kept) {
        const Hash20 torrent = stored.record.info_hash;
        auto& position = stored.record.position;
        if (position == 0 || !taken.insert(position).second) position = next_position_++;  // of a repaired database
        const auto entry = entries_.emplace(torrent, std::make_unique<Entry>(Entry{.record = std::move(stored.record),
                                                                                   .progress = std::move(stored.progress)})).first;
        forget_doubtful_reach(*entry->second);
        sleep_from_start(*entry->second);
        changes_.touch(torrent);
    }
    for (const auto& [torrent, entry] : entries_) {
        keep_claims(*entry);
        take_up_work(*entry);
    }
    run_queue();
    for (auto at = entries_.begin(); at != entries_.end();) move_on(*(at++)->second);  // which may forget it
    checkpoint_all();
    tick();
    return {};
}

// Whoever asks at once for what nobody asked before hears it in the order of asking: torrents first, then the database.
void Client::stop(Done done)
{
    is_stopping_ = true;
    checkpoints_.cancel();
    ticks_.cancel();
    alarms_.stop();
    auto left = std::make_shared<std::size_t>(1);
    auto last = std::make_shared<environment::Task>([this, done = std::move(done)]() mutable {
        session_.stop([this, done = std::move(done)]() mutable {
            parts_.library.flush([this, done = std::move(done)](Result<void> saved) mutable {
                if (!saved) parts_.log.error("not everything could be saved: {}", saved.error().text);
                parts_.library.copy_at_end([alive = std::weak_ptr(alive_), saved = std::move(saved), done = std::move(done)]() mutable {
                    if (!alive.expired()) done(std::move(saved));
                });
            });
        });
    });
    const auto one_ended = [left, last](const Result<void>&) {
        if (--*left == 0) (*last)();
    };
    for (const auto& [torrent, entry] : entries_) {
        if (entry->phase == Entry::Phase::stopped) continue;
        if (auto* live = running(*entry)) live->cancel_moves();  // they are on record, and go on at the next start
        ++*left;
        entry->when_stopped.push_back(one_ended);
        move_on(*entry);
    }
    one_ended({});
}

Entry* Client::find_entry(const Hash20& torrent)
{
    const auto at = entries_.find(torrent);
    return at == entries_.end() || at->second->is_erased ? nullptr : at->second.get();
}

const Entry* Client::entry(const Hash20& torrent) const
{
    const auto at = entries_.find(torrent);
    return at == entries_.end() || at->second->is_erased ? nullptr : at->second.get();
}

torrent::Torrent* Client::running(const Entry& entry)
{
    return entry.phase == Entry::Phase::running ? session_.find(entry.handle) : nullptr;
}

torrent::Resolution* Client::resolving(const Entry& entry)
{
    return entry.phase == Entry::Phase::running ? session_.find_resolution(entry.handle) : nullptr;
}

Result<Hash20> Client::find(const std::string& name) const
{
    std::vector<Hash20> found;
    for (const auto& [torrent, entry] : entries_) {
        if (entry->is_erased) continue;
        const bool is_hash = !name.empty() && torrent.hex().starts_with(name);
        if (is_hash && name.size() == 2 * Hash20::size) return torrent;  // it is nobody else's, whatever others are called
        if (is_hash || entry->record.name == name) found.push_back(torrent);
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) return make_error(Errc::not_found, fmt::format("there is no torrent {}", printable(name, 100)));
    return make_error(Errc::invalid_argument, fmt::format("{} torrents are called {}: name one by its info-hash, {} or {} …",
                                                          found.size(), printable(name), found[0].hex(), found[1].hex()));
}

}  // namespace shoal::client
