#include "torrent/finder.hpp"

#include "torrent/tracker_words.hpp"

#include <shoal/local_network.hpp>
#include <shoal/sha1.hpp>
#include <shoal/tracker_url.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace shoal::torrent {

using environment::Duration;
using environment::OperationId;
using environment::Time;

namespace {

constexpr Duration search_interval = std::chrono::minutes{15};
// Who left quietly need not come back oftener: nodes of the DHT forget nobody before (BEP 5 does not say when; 32 to 45 minutes are seen).
constexpr Duration quiet_search_interval = std::chrono::minutes{30};
constexpr Duration least_search_interval = std::chrono::minutes{10};  // after a quiet time, which an announce ended
constexpr Duration first_search_pause = std::chrono::seconds{15};
constexpr std::size_t few_peers = 8;
constexpr std::size_t most_candidates = 3000;
constexpr std::uint32_t most_doublings = 6;

// Whatever protocol it speaks; nothing for a URL that is none.
std::string host_of(const std::string& url)
{
    const std::string scheme = tracker_scheme(url);
    const auto parsed = TrackerUrl::parse(url, {scheme});
    return parsed ? parsed->host : std::string();
}

// A voter by name: any address will do that is another one for another name.
Address teller_of(const std::string& url)
{
    const std::string host = host_of(url);
    if (const auto address = Address::parse(host)) return *address;
    Address made{.bytes = {}, .v6 = true};
    std::copy_n(Sha1::of(as_bytes(host)).bytes.begin(), made.bytes.size(), made.bytes.begin());
    return made;
}

}  // namespace

Finder::Finder(Parts parts, Hash20 info_hash, Sources sources)
    : parts_(std::move(parts)), info_hash_(info_hash), sources_(std::move(sources)),
      candidates_(most_candidates, sources_.calls_privileged_ports)
{
    make_announcer();
}

Finder::~Finder()
{
    cancel_searches();
    cancel_names();
}

void Finder::make_announcer()
{
    announcer_ = std::make_unique<Announcer>(
        parts_.environment.loop, parts_.trackers, info_hash_,
        Announcer::Actions{
            .totals = [this] { return totals(); },
            .peers_wanted = [this] { return owner_ != nullptr ? owner_->peers_wanted() : 0u; },
            .on_peers = [this](const std::string& url,
                               const std::vector<Endpoint>& peers) { add_from_tracker(url, peers); },
            .on_reply = [this](const std::string& url, const Error* failure,
                               const host::AnnounceReply* reply) { on_tracker_reply(url, failure, reply); }});
}

void Finder::start(Owner& owner)
{
    owner_ = &owner;
    if (std::exchange(is_running_, true)) return;
    if (const auto memory = std::exchange(sources_.memory, std::nullopt)) return go_on(*memory);
    make_announcer();
    announcer_->start(sources_.trackers, parts_.environment.random.fork(0x616e6e6f));
    introduce_nodes();
    add_named_peers();
    hungry_rounds_ = 0;
    search_everywhere();
}

void Finder::go_on(const Memory& memory)
{
    past_totals_ = memory.totals;
    searched_ = memory.searched;
    search_due_ = searched_ + search_interval;
    make_announcer();
    announcer_->resume(sources_.trackers, parts_.environment.random.fork(0x616e6e6f), memory.trackers);
    introduce_nodes();
    add_named_peers();
    hungry_rounds_ = 0;
    if (parts_.environment.loop.now() - searched_ >= least_search_interval) search_everywhere();
}

void Finder::stop(environment::Task done)
{
    if (const auto memory = std::exchange(sources_.memory, std::nullopt)) {
        last_totals_ = memory->totals;
        make_announcer();
        announcer_->resume(sources_.trackers, parts_.environment.random.fork(0x616e6e6f), memory->trackers);
    } else if (!is_running_) {
        return parts_.environment.loop.post(std::move(done));
    }
    is_running_ = false;
    cancel_searches();
    cancel_names();
    announcer_->stop(std::move(done));
    past_totals_ = {};
}

Finder::Memory Finder::leave_quietly()
{
    Memory memory{.trackers = announcer_->memory(), .totals = totals(), .searched = searched_};
    memory.due = announcer_->next_announce();
    if (may_search()) memory.due = std::min(memory.due, searched_ + quiet_search_interval);
    is_running_ = false;
    cancel_searches();
    cancel_names();
    make_announcer();
    return memory;
}

void Finder::Memory::look_again(Time now)
{
    trackers.want_peers(now);
    searched = now - search_interval;
}

void Finder::on_metadata(bool is_private)
{
    const bool was_known = std::exchange(sources_.is_metadata_known, true);
    if (is_private) return become_private();
    if (was_known) return;
    cancel_searches();  // which have told nobody that we are there
    search_due_ = parts_.environment.loop.now();
}

void Finder::become_private()
{
    if (std::exchange(sources_.is_private, true)) return;
    cancel_searches();
    candidates_.keep_for_private();
}

// Between two owners, while the disk is checked, the last word stands.
Announcer::Totals Finder::totals()
{
    if (owner_ == nullptr) return last_totals_;
    const auto now = owner_->announced_totals();
    last_totals_ = {now.uploaded + past_totals_.uploaded, now.downloaded + past_totals_.downloaded, now.left};
    return last_totals_;
}

bool Finder::is_searching() const
{
    return std::ranges::any_of(hunts_, [](const auto& entry) { return entry.second.operation.value() != 0; });
}

std::string Finder::reason_for_nobody(std::size_t connecting) const
{
    const auto peers = [](std::size_t count) { return fmt::format("{} peer{}", count, count == 1 ? "" : "s"); };
    if (connecting > 0) return fmt::format("connecting to {}", peers(connecting));
    if (candidates_.size() > 0) return fmt::format("no answer from {} so far", peers(candidates_.size()));
    for (const auto& tracker : announcer_->trackers()) {
        if (tracker.is_asking) return "asking the tracker";
    }
    if (is_searching()) return fmt::format("looking for peers ({})", fmt::join(parts_.discovery.names(), ", "));
    for (const auto& tracker : announcer_->trackers()) {
        if (!tracker.is_working && !tracker.message.empty()) return fmt::format("tracker: {}", tracker.message);
    }
    if (announcer_->has_trackers()) return "the tracker knows no peers";
    return may_search() ? "nobody was found yet" : "no tracker and no --peer: nobody to ask";
}

// ---- when ---------------------------------------------------------------------------------------------------------

void Finder::tick(const Company& company)
{
    if (!is_running_) return;
    const Time now = parts_.environment.loop.now();
    const bool lost_everybody = std::exchange(had_company_, company.connected > 0) && company.connected == 0;
    const bool is_hungry = !company.is_enough && company.connected + company.connecting < few_peers;
    if (!is_hungry || lost_everybody) hungry_rounds_ = 0;
    if (is_hungry) {
        announcer_->want_peers();
        const auto doublings = std::min(std::max(hungry_rounds_, 1u) - 1, most_doublings);
        search_due_ = std::min(search_due_, searched_ + first_search_pause * (1 << doublings));
    }
    if (now >= search_due_ && !is_searching()) search_everywhere();
}

void Finder::look_again()
{
    if (!is_running_) return;
    announcer_->want_peers();
    search_everywhere();
}

void Finder::search_everywhere()
{
    searched_ = parts_.environment.loop.now();
    search_due_ = searched_ + search_interval;
    ++hungry_rounds_;
    if (sources_.is_private) return;
    for (const auto name : parts_.discovery.names()) search(name, hunts_[name]);
}

void Finder::search(std::string_view name, Hunt& hunt)
{
    if (hunt.operation.value() != 0) return;
    hunt.found = 0;
    const bool is_seed = totals().left == 0;
    hunt.operation = parts_.discovery.search(
        name, {.info_hash = info_hash_, .is_seed = is_seed, .may_be_private = !sources_.is_metadata_known},
        [this, name](const std::vector<Endpoint>& peers) {
            hunts_[name].found += peers.size();
            add(peers, name);
        },
        [this, name](Result<void> outcome) { on_search_ended(name, std::move(outcome)); });
}

void Finder::on_search_ended(std::string_view name, Result<void> outcome)
{
    Hunt& hunt = hunts_[name];
    hunt.operation = OperationId{0};
    control::Value::Map event;
    event.set("source", name);
    event.set("peers", static_cast<std::int64_t>(hunt.found));
    if (!outcome) event.set("failure", outcome.error().text);
    tell(outcome ? "discovery.ended" : "discovery.error", std::move(event));
}

void Finder::cancel_searches()
{
    for (auto& [name, hunt] : hunts_) {
        if (hunt.operation.value() != 0) parts_.discovery.cancel(std::exchange(hunt.operation, OperationId{0}));
    }
}

// ---- what ---------------------------------------------------------------------------------------------------------

void Finder::add(const Endpoint& endpoint, PeerSource source)
{
    if (sources_.is_private && !is_for_private(source)) return;
    if (candidates_.add(endpoint, source) && owner_ != nullptr) owner_->on_candidates();
}

void Finder::add(const std::vector<Endpoint>& endpoints, std::string_view plugin)
{
    if (sources_.is_private) return;
    for (const auto& endpoint : endpoints) candidates_.add(endpoint, {plugin});
    if (owner_ != nullptr) owner_->on_candidates();
}

void Finder::expect(const Endpoint& endpoint, std::string_view plugin)
{
    if (sources_.is_private) return;
    candidates_.expect(endpoint, {plugin});
    if (owner_ != nullptr) owner_->on_candidates();
}

// Only who is in the local network himself can know addresses in it; others may want to have it knocked at.
void Finder::add_from_tracker(const std::string& url, const std::vector<Endpoint>& peers)
{
    std::vector<Endpoint> local;
    for (const auto& peer : peers) {
        if (is_local_address(peer.address)) local.push_back(peer);
        else candidates_.add(peer, PeerSource::tracker);
    }
    if (!local.empty()) {
        resolve(host_of(url), [this, local = std::move(local)](const std::vector<Address>& of_tracker) {
            // Of several addresses it is not known which one answered: a stranger's name may lead here as well.
            if (of_tracker.empty() || !std::ranges::all_of(of_tracker, is_local_address)) return;
            for (const auto& peer : local) add(peer, PeerSource::tracker);
        });
    }
    if (owner_ != nullptr) owner_->on_candidates();
}

// At once for an address; with nothing for a name that leads nowhere.
void Finder::resolve(const std::string& host, UniqueFunction<void(const std::vector<Address>&)> done)
{
    if (const auto address = Address::parse(host)) return done({*address});
    const std::uint64_t number = next_name_++;
    auto resolved = [this, number, done = std::move(done)](Result<std::vector<Address>> found) mutable {
        names_asked_.erase(number);
        done(found ? *found : std::vector<Address>());
    };
    names_asked_.emplace(number, parts_.environment.resolver.resolve(host, std::move(resolved)));
}

void Finder::on_tracker_reply(const std::string& url, const Error* failure, const host::AnnounceReply* reply)
{
    control::Value::Map event;
    event.set("url", url);
    if (failure != nullptr) {
        event.set("failure", failure->text);
        event.set("unregistered", says_unregistered(failure->text));
    }
    if (reply != nullptr) {
        event.set("peers", static_cast<std::int64_t>(reply->peers.size()));
        if (reply->complete) event.set("seeds", std::int64_t{*reply->complete});
        if (reply->incomplete) event.set("leechers", std::int64_t{*reply->incomplete});
        if (!reply->warning.empty()) event.set("warning", reply->warning);
        // One vote a tracker; which address it has does not matter.
        if (reply->external) on_external_address(*reply->external, teller_of(url));
    }
    tell(failure ? "tracker.error" : "tracker.reply", std::move(event));
}

void Finder::introduce_nodes()
{
    if (sources_.is_private) return;
    for (const auto& node : sources_.nodes) parts_.discovery.introduce(node.host, node.port);
}

void Finder::introduce(const Endpoint& node)
{
    if (!sources_.is_private) parts_.discovery.introduce(node.address.to_string(), node.port);
}

void Finder::cancel_names()
{
    for (const auto& [number, operation] : std::exchange(names_asked_, {})) parts_.environment.resolver.cancel(operation);
}

void Finder::add_named_peers()
{
    for (const auto& peer : sources_.peers) {
        if (const auto address = Address::parse(peer.host)) add({*address, peer.port}, PeerSource::magnet);
    }
    resolve_peers(0);
}

// One name after the other: a link may have a thousand that no name server ever answers for, and all torrents ask the same few.
void Finder::resolve_peers(std::size_t first)
{
    while (first < sources_.peers.size() && Address::parse(sources_.peers[first].host)) ++first;
    if (first == sources_.peers.size()) return;
    const auto& peer = sources_.peers[first];
    resolve(peer.host, [this, first, port = peer.port](const std::vector<Address>& found) {
        for (const auto& address : found) add({address, port}, PeerSource::magnet);
        resolve_peers(first + 1);
    });
}

void Finder::on_external_address(const Address& ours, const Address& teller)
{
    if (const auto agreed = parts_.discovery.vote(ours, teller)) candidates_.set_external(*agreed);
}

void Finder::tell(std::string_view event, control::Value payload)
{
    if (owner_ != nullptr) owner_->on_event(event, std::move(payload));
}

}  // namespace shoal::torrent
