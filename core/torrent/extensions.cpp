#include "torrent/extensions.hpp"

#include <shoal/abi/extension.h>
#include <shoal/crossing.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace shoal::torrent {

namespace {
constexpr std::string_view holepunch = "ut_holepunch";
}

// One plug-in at work, and what it may ask for.
struct Extensions::Seat final : host::ExtensionSink {
    Seat(Extensions& owner, std::uint8_t id) : owner(owner), id(id) {}

    std::string_view message() const { return from_abi(instance->table<shoal_extension_v1>().message); }
    std::string_view name() const { return instance->factory().name(); }

    // What a broken plug-in said counts no more.
    std::uint32_t marks_of(PeerHandle peer) const
    {
        const auto at = marks.find(peer);
        return at == marks.end() || instance->is_broken() ? 0 : at->second;
    }
    bool serves_metadata() const
    {
        return (instance->table<shoal_extension_v1>().flags & SHOAL_EXTENSION_METADATA) != 0;
    }

    // A plug-in that broke too many rules hears nothing any more: the core's default is to have no such extension.
    template <class F>
    void call(const char* function, F&& f)
    {
        if (instance->is_broken()) return;
        instance->call(function, [&] { f(instance->table<shoal_extension_v1>(), instance->self()); });
    }

    template <class F>
    void later(F f)
    {
        owner.loop_.post([f = std::move(f), alive = std::weak_ptr(owner.alive_)]() mutable {
            if (!alive.expired()) f();
        });
    }

    shoal_status send(PeerHandle handle, ByteView payload) override
    {
        const auto peer = owner.owner_.find_peer(handle);
        if (!peer) return SHOAL_E_STALE;
        const auto theirs = peer->theirs.id_of(message());
        return theirs ? owner.owner_.send_extended(handle, *theirs, payload) : SHOAL_E_UNSUPPORTED;
    }

    std::span<const shoal_peer_view> peers() override
    {
        views.clear();
        owner.owner_.for_each_peer([this](const Peer& peer) { views.push_back(owner.view_of(peer, *this)); });
        return views;
    }

    // Whether the sender may know such addresses is the plug-in's to judge; it alone knows who said what.
    void on_candidates(std::span<const host::FoundCandidate> candidates) override
    {
        std::vector<Endpoint> endpoints;
        for (const auto& candidate : candidates) {
            if (candidate.is_urgent) owner.finder_.expect(candidate.endpoint, name());
            else endpoints.push_back(candidate.endpoint);
        }
        if (!endpoints.empty()) owner.finder_.add(endpoints, name());
    }

    std::span<const shoal_endpoint> own_endpoints() override
    {
        ours.clear();
        for (const auto& endpoint : owner.finder_.own_endpoints()) ours.push_back(to_abi(endpoint));
        return ours;
    }

    std::optional<ByteView> metadata() override { return owner.owner_.metadata(); }
    shoal_status on_metadata(ByteView info) override { return owner.owner_.take_metadata(info); }

    shoal_status on_piece_lost(PeerHandle handle, std::uint32_t piece) override
    {
        if (!owner.owner_.find_peer(handle)) return SHOAL_E_STALE;
        if (!owner.owner_.has_piece_number(piece)) return SHOAL_E_ARGUMENT;
        later([this, handle, piece] { owner.owner_.lose_piece(handle, piece); });
        return SHOAL_OK;
    }

    shoal_status on_disconnect(PeerHandle handle, std::string why) override
    {
        if (!owner.owner_.find_peer(handle)) return SHOAL_E_STALE;
        later([this, handle, why = std::move(why)] {
            owner.owner_.disconnect(handle, make_error(Errc::protocol_error, why));
        });
        return SHOAL_OK;
    }

    shoal_status on_marks(PeerHandle handle, std::uint32_t wanted) override
    {
        if (!owner.owner_.find_peer(handle)) return SHOAL_E_STALE;
        if (wanted == 0) marks.erase(handle);
        else marks[handle] = wanted;
        later([this] { owner.owner_.on_marks_changed(); });
        return SHOAL_OK;
    }

    Extensions& owner;
    const std::uint8_t id;
    std::unique_ptr<host::Instance> instance;
    std::map<PeerHandle, std::uint32_t> marks;
    std::vector<shoal_peer_view> views;
    std::vector<shoal_endpoint> ours;
};

Extensions::Extensions(environment::Loop& loop, Finder& finder, Owner& owner)
    : loop_(loop), finder_(finder), owner_(owner)
{
}

Extensions::~Extensions() = default;

std::vector<Error> Extensions::make(const std::vector<std::string>& names, const Make& make)
{
    std::vector<Error> failures;
    for (const auto& name : names) {
        auto seat = std::make_unique<Seat>(*this, static_cast<std::uint8_t>(seats_.size() + 1));
        auto instance = make(name, *seat);
        if (!instance) {
            failures.push_back(instance.error());
        } else if (*instance != nullptr) {
            seat->instance = std::move(*instance);
            seats_.push_back(std::move(seat));
        }
    }
    return failures;
}

void Extensions::introduce(peer::ExtendedHandshake& ours) const
{
    for (const auto& seat : seats_) {
        ours.extensions[std::string(seat->message())] = seat->id;
        const auto info = owner_.metadata();
        if (seat->serves_metadata() && info) ours.metadata_size = static_cast<std::uint32_t>(info->size());
    }
}

shoal_peer_view Extensions::view_of(const Peer& peer, const Seat& seat) const
{
    shoal_peer_view view{};
    view.struct_size = sizeof(view);
    view.flags = (peer.is_outgoing ? SHOAL_EXTENSION_PEER_OUTGOING : 0u) | (peer.is_seed ? SHOAL_EXTENSION_PEER_SEED : 0u) |
                 (peer.theirs.upload_only.value_or(false) ? SHOAL_EXTENSION_PEER_UPLOAD_ONLY : 0u) |
                 (peer.theirs.id_of(seat.message()) ? SHOAL_EXTENSION_PEER_SPEAKS : 0u) |
                 (peer.theirs.id_of(holepunch) ? SHOAL_EXTENSION_PEER_HOLEPUNCH : 0u);
    view.peer = peer.handle.value();
    view.remote = to_abi(peer.remote);
    view.listening = to_abi(peer.listening.value_or(Endpoint{peer.remote.address, 0}));
    view.metadata_size = peer.theirs.metadata_size.value_or(0);
    return view;
}

Extensions::Seat* Extensions::seat_of(std::uint8_t id) const
{
    return id == 0 || id > seats_.size() ? nullptr : seats_[id - 1u].get();
}

bool Extensions::is_about_metadata(std::uint8_t id) const
{
    const auto* seat = seat_of(id);
    return seat != nullptr && seat->serves_metadata();
}

void Extensions::on_peer(const Peer& peer)
{
    introduced_.insert(peer.handle);
    for (const auto& seat : seats_) {
        const auto view = view_of(peer, *seat);
        seat->call("on_peer", [&](const auto& table, void* self) { table.on_peer(self, &view); });
    }
}

// An id that nobody was given is for nobody: BEP 10 lets us ignore it.
void Extensions::on_message(PeerHandle peer, std::uint8_t id, ByteView payload)
{
    auto* seat = seat_of(id);
    if (seat == nullptr || !introduced_.contains(peer)) return;
    seat->call("on_message",
               [&](const auto& table, void* self) { table.on_message(self, peer.value(), to_abi(payload)); });
}

void Extensions::on_gone(PeerHandle peer)
{
    if (introduced_.erase(peer) == 0) return;
    for (const auto& seat : seats_) {
        seat->marks.erase(peer);
        if (seat->instance->table<shoal_extension_v1>().on_peer_gone == nullptr) continue;
        seat->call("on_peer_gone", [&](const auto& table, void* self) { table.on_peer_gone(self, peer.value()); });
    }
}

void Extensions::on_traffic(const shoal_peer_traffic& traffic)
{
    for (const auto& seat : seats_) {
        if (seat->instance->table<shoal_extension_v1>().on_traffic == nullptr) continue;
        seat->call("on_traffic", [&](const auto& table, void* self) { table.on_traffic(self, &traffic); });
    }
}

std::uint32_t Extensions::marks(PeerHandle peer) const
{
    std::uint32_t all = 0;
    for (const auto& seat : seats_) all |= seat->marks_of(peer);
    return all;
}

std::vector<std::string_view> Extensions::who_prefers(PeerHandle peer) const
{
    std::vector<std::string_view> names;
    for (const auto& seat : seats_) {
        if ((seat->marks_of(peer) & SHOAL_MARK_PREFERRED) != 0) names.push_back(seat->name());
    }
    return names;
}

}  // namespace shoal::torrent
