#include "session/discoveries.hpp"

#include <shoal/abi/discovery.h>
#include <shoal/crossing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace shoal::session {

using environment::OperationId;

// One discovery plug-in at work. Operations are numbered by instance, so each has its own sink.
struct Discoveries::Seat final : host::DiscoverySink {
    explicit Seat(Discoveries& owner) : owner(owner) {}

    void on_found(std::uint64_t operation, const std::vector<Endpoint>& peers) override
    {
        owner.on_found(*this, operation, peers);
    }
    void on_ended(std::uint64_t operation, shoal_status status, const std::string& why) override
    {
        owner.on_ended(*this, operation, status, why);
    }
    bool on_spotted(const Hash20& info_hash, const Endpoint& peer) override
    {
        return owner.actions_.spotted(info_hash, peer, name());
    }

    std::string_view name() const { return instance->factory().name(); }
    const shoal_discovery_v1& table() const { return instance->table<shoal_discovery_v1>(); }

    Discoveries& owner;
    std::unique_ptr<host::Instance> instance;
};

Discoveries::Discoveries(environment::Environment& environment, const torrent::Identity& identity,
                         std::vector<std::string> wanted, host::Log log, Actions actions)
    : environment_(environment), identity_(identity), wanted_(std::move(wanted)), log_(std::move(log)),
      actions_(std::move(actions))
{
}

Discoveries::~Discoveries() = default;

void Discoveries::stop()
{
    is_stopped_ = true;
    pending_.clear();
    seats_.clear();
}

void Discoveries::make_all()
{
    if (is_stopped_ || std::exchange(are_made_, true)) return;
    for (const auto& name : wanted_) {
        auto seat = std::make_unique<Seat>(*this);
        auto instance = actions_.make(name, *seat);
        if (!instance) {
            log_.warning("{}", instance.error().text);
            continue;
        }
        seat->instance = std::move(*instance);
        for (const bool v6 : {false, true}) {
            if (const auto agreed = external_.verdict(v6)) tell(*seat, {*agreed, identity_.listen_port});
        }
        seats_.push_back(std::move(seat));
    }
}

std::vector<std::string_view> Discoveries::names()
{
    make_all();
    std::vector<std::string_view> names;
    for (const auto& seat : seats_) names.push_back(seat->name());
    return names;
}

std::vector<host::Instance*> Discoveries::instances()
{
    make_all();
    std::vector<host::Instance*> all;
    for (const auto& seat : seats_) all.push_back(seat->instance.get());
    return all;
}

Discoveries::Seat* Discoveries::seat_of(std::string_view name)
{
    const auto at = std::ranges::find_if(seats_, [&](const auto& seat) { return seat->name() == name; });
    return at == seats_.end() ? nullptr : at->get();
}

// ---- searches -----------------------------------------------------------------------------------------------------

OperationId Discoveries::search(std::string_view name, torrent::SearchQuery query, Found found, Ended ended)
{
    const OperationId operation{next_operation_++};
    Pending& pending = pending_[operation];
    pending.found = std::move(found);
    pending.ended = std::move(ended);
    pending.deadline = std::make_unique<environment::Timer>(environment_.loop);
    Seat* seat = seat_of(name);
    auto submitted = seat != nullptr ? submit(*seat, query)
                                     : make_error(Errc::not_found, fmt::format("{} is not in use", name));
    if (!submitted) {
        pending.deadline->start(environment::Duration{0}, [this, operation, error = submitted.error()] {
            auto node = pending_.extract(operation);
            node.mapped().ended(error);
        });
        return operation;
    }
    pending.seat = seat;
    pending.plugin_operation = *submitted;
    pending.deadline->start(query.timeout, [this, operation] { on_deadline(operation); });
    return operation;
}

Result<std::uint64_t> Discoveries::submit(Seat& seat, const torrent::SearchQuery& query)
{
    auto& instance = *seat.instance;
    if (instance.is_broken()) {
        return make_error(Errc::plugin_broken, fmt::format("{} broke too many rules", seat.name()));
    }
    shoal_search search{};
    search.struct_size = sizeof(search);
    search.port = identity_.listen_port;
    search.flags = (search.port != 0 ? SHOAL_SEARCH_ANNOUNCE : 0u) | (query.is_seed ? SHOAL_SEARCH_SEED : 0u) |
                   (query.may_be_private ? SHOAL_SEARCH_MAY_BE_PRIVATE : 0u);
    std::memcpy(search.info_hash, query.info_hash.bytes.data(), Hash20::size);
    search.deadline_ns = nanoseconds(environment_.loop.now() + query.timeout);
    const std::uint64_t operation = instance.open_search();
    const shoal_status status =
        instance.call("search", [&] { return seat.table().search(instance.self(), operation, &search); });
    if (status >= 0) return operation;
    instance.abandon_search(operation);
    return instance.error_of(status, "look for peers");
}

void Discoveries::abandon(Seat& seat, std::uint64_t plugin_operation)
{
    auto& instance = *seat.instance;
    instance.abandon_search(plugin_operation);
    instance.call("cancel", [&] { seat.table().cancel(instance.self(), plugin_operation); });
}

Discoveries::PendingMap::iterator Discoveries::find(const Seat& seat, std::uint64_t plugin_operation)
{
    return std::ranges::find_if(pending_, [&](const auto& entry) {
        return entry.second.seat == &seat && entry.second.plugin_operation == plugin_operation;
    });
}

void Discoveries::on_found(Seat& seat, std::uint64_t plugin_operation, const std::vector<Endpoint>& peers)
{
    if (const auto at = find(seat, plugin_operation); at != pending_.end()) at->second.found(peers);
}

void Discoveries::on_ended(Seat& seat, std::uint64_t plugin_operation, shoal_status status, const std::string& why)
{
    const auto at = find(seat, plugin_operation);
    if (at == pending_.end()) return;
    auto node = pending_.extract(at);
    node.mapped().deadline->cancel();
    if (status >= 0) return node.mapped().ended({});
    node.mapped().ended(make_error(to_errc(status), why.empty() ? fmt::format("{} could not look for peers", seat.name())
                                                                : fmt::format("{}: {}", seat.name(), why)));
}

// Long searches are ended, not failed: what was found was told.
void Discoveries::on_deadline(OperationId operation)
{
    auto node = pending_.extract(operation);
    abandon(*node.mapped().seat, node.mapped().plugin_operation);
    node.mapped().ended({});
}

void Discoveries::cancel(OperationId operation)
{
    auto node = pending_.extract(operation);
    if (node && node.mapped().seat != nullptr) abandon(*node.mapped().seat, node.mapped().plugin_operation);
}

// ---- what they should know ------------------------------------------------------------------------------------------

void Discoveries::introduce(const std::string& host, std::uint16_t port)
{
    make_all();
    for (const auto& seat : seats_) {
        if (seat->table().introduce == nullptr) continue;
        seat->instance->call("introduce",
                             [&] { seat->table().introduce(seat->instance->self(), to_abi(std::string_view(host)), port); });
    }
}

std::uint16_t Discoveries::port()
{
    make_all();
    for (const auto& seat : seats_) {
        if (seat->table().port == nullptr) continue;
        std::uint32_t number = 0;
        seat->instance->call("port", [&] { number = seat->table().port(seat->instance->self()); });
        if (number > 0 && number <= 0xffff) return static_cast<std::uint16_t>(number);
    }
    return 0;
}

std::vector<Endpoint> Discoveries::own_endpoints() const
{
    auto all = actions_.listening();
    for (const bool v6 : {false, true}) {
        const auto external = external_.verdict(v6);
        if (external && identity_.listen_port != 0) all.push_back({*external, identity_.listen_port});
    }
    return all;
}

std::optional<Endpoint> Discoveries::vote(const Address& ours, const Address& teller)
{
    const auto before = external_.verdict(ours.v6);
    const auto agreed = external_.vote(ours, teller);
    if (!agreed) return std::nullopt;
    const Endpoint external{*agreed, identity_.listen_port};
    if (agreed == before) return external;
    for (const auto& seat : seats_) tell(*seat, external);
    return external;
}

void Discoveries::tell(Seat& seat, const Endpoint& external)
{
    if (seat.table().external_address == nullptr) return;
    const auto raw = to_abi(external);
    seat.instance->call("external_address", [&] { seat.table().external_address(seat.instance->self(), &raw); });
}

}  // namespace shoal::session
