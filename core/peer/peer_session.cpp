#include "peer/peer_session.hpp"

#include <shoal/assert.hpp>

#include <algorithm>

// The rules of BEP 3, in the order of a connection's life. What a peer may never do ends in violate(); what honest clients do
// at times (a late block, a request that crossed our choke) is tolerated and counted.
namespace shoal::peer {

using environment::Time;

namespace {
constexpr std::size_t most_late = 4096;
constexpr std::size_t most_allowed_fast = 64;
constexpr std::uint32_t most_strays = 64;
// Honest clients change their mind about choking and interest a few times a minute.
constexpr std::uint32_t most_flips = 500;
constexpr auto flip_span = std::chrono::seconds{10};
}  // namespace

PeerSession::PeerSession(const Geometry& geometry, const Bitfield& our_pieces, PeerSettings settings,
                         PeerActions& actions)
    : geometry_(geometry), our_pieces_(our_pieces), settings_(std::move(settings)), actions_(actions),
      their_pieces_(geometry.piece_count()), window_({.most = std::min(settings_.assumed_reqq, settings_.most_requested)}),
      serve_queue_(settings_.most_served)
{
}

void PeerSession::start(const Opening& opening, Time now)
{
    fast_ = opening.theirs.fast;
    extended_ = opening.theirs.extended;
    now_ = last_heard_ = last_sent_ = last_block_ = flips_since_ = now;
    if (fast_ && our_pieces_.all()) {
        send(HaveAll{});
    } else if (fast_ && our_pieces_.none()) {
        send(HaveNone{});
    } else if (!our_pieces_.none()) {
        const Bytes wire = our_pieces_.to_wire();
        send(PieceBits{wire});
    }
    if (opening.theirs.dht && opening.node_port != 0) send(Port{opening.node_port});
    if (!extended_) return;
    ExtendedHandshake ours = opening.ours;
    ours.client = settings_.client_name;
    ours.request_limit = static_cast<std::uint16_t>(settings_.most_served);
    if (our_pieces_.all()) ours.upload_only = true;
    const Bytes payload = encode_extended_handshake(ours);
    send(Extended{0, payload});
}

void PeerSession::send(const Message& message)
{
    if (closed_) return;
    last_sent_ = now_;
    actions_.send(message);
}

void PeerSession::violate(std::string text)
{
    if (closed_) return;
    closed_ = true;
    actions_.close(make_error(Errc::protocol_error, std::move(text)));
}

void PeerSession::on_message(const Message& message, Time now)
{
    if (closed_) return;
    now_ = last_heard_ = now;
    std::visit([this](const auto& m) { on(m); }, message);
}

// ---- what they have ---------------------------------------------------------------------------------------------

bool PeerSession::take_field(std::string_view name)
{
    if (field_taken_) {
        violate(std::string(name) + " after the pieces were already told");
        return false;
    }
    field_taken_ = true;
    return true;
}

bool PeerSession::needs_fast(std::string_view name)
{
    if (fast_) return true;
    violate(std::string(name) + " without the fast extension");
    return false;
}

void PeerSession::on(const PieceBits& bits)
{
    auto field = Bitfield::from_wire(bits.wire, geometry_.piece_count());
    if (!field) return violate(field.error().text);
    // BEP 3 knows a bitfield only at the start, but aria2 sends one later instead of many haves.
    if (field_taken_) return add_pieces(*field);
    field_taken_ = true;
    their_pieces_ = std::move(*field);
    actions_.on_their_pieces();
}

void PeerSession::add_pieces(const Bitfield& field)
{
    if (!count_flip()) return;
    for (auto p = field.find_first_set(0); p && !closed_; p = field.find_first_set(*p + 1)) {
        if (their_pieces_.set(*p)) actions_.on_their_piece(*geometry_.piece(*p));
    }
}

void PeerSession::on(const HaveAll&)
{
    if (!needs_fast("have all") || !take_field("have all")) return;
    their_pieces_.set_all();
    actions_.on_their_pieces();
}

void PeerSession::on(const HaveNone&)
{
    if (!needs_fast("have none") || !take_field("have none")) return;
}

void PeerSession::on(const Have& have)
{
    const auto piece = geometry_.piece(have.piece);
    if (!piece) return violate("have: " + piece.error().text);
    field_taken_ = true;
    if (their_pieces_.set(have.piece)) actions_.on_their_piece(*piece);
}

bool PeerSession::lose(PieceIndex piece)
{
    if (!their_pieces_.reset(piece.value())) return false;
    std::vector<BlockRef> returned;
    for (const auto& request : outstanding_) {
        if (request.block.piece == piece) returned.push_back(request.block);
    }
    for (const BlockRef block : returned) cancel(block);
    if (!returned.empty()) actions_.on_returned(returned);
    return true;
}

// ---- who may ask ------------------------------------------------------------------------------------------------

// False: that was too much, and the session may be gone.
bool PeerSession::count_flip()
{
    if (now_ - flips_since_ > flip_span) {
        flips_since_ = now_;
        flips_ = 0;
    }
    if (++flips_ <= most_flips) return true;
    violate("a flood of state changes");
    return false;
}

void PeerSession::on(const KeepAlive&)
{
    count_flip();
}

void PeerSession::on(const Choke&)
{
    if (!count_flip() || they_choke_) return;
    they_choke_ = true;
    window_.on_stall();
    // With the fast extension every request is answered, choked or not; without it a choke answers them all.
    if (!fast_) drop_requests();
    actions_.on_choked();
}

void PeerSession::on(const Unchoke&)
{
    if (!count_flip() || !they_choke_) return;
    they_choke_ = false;
    last_block_ = now_;
    is_snubbed_ = false;
    actions_.on_unchoked();
}

void PeerSession::on(const Interested&)
{
    if (!count_flip() || they_are_interested_) return;
    they_are_interested_ = true;
    actions_.on_interest_changed();
}

void PeerSession::on(const NotInterested&)
{
    if (!count_flip() || !they_are_interested_) return;
    they_are_interested_ = false;
    actions_.on_interest_changed();
}

void PeerSession::set_interested(bool interested)
{
    if (we_are_interested_ == interested) return;
    we_are_interested_ = interested;
    if (interested) send(Interested{});
    else send(NotInterested{});
}

void PeerSession::set_choking(bool choking)
{
    if (we_choke_ == choking) return;
    we_choke_ = choking;
    if (!choking) return send(Unchoke{});
    send(Choke{});
    // BEP 6: what will not be served is rejected; allowed-fast pieces still are.
    std::vector<Request> kept;
    while (auto waiting = serve_queue_.pop()) {
        if (may_serve(*waiting)) kept.push_back(*waiting);
        else if (fast_) send(Reject{*waiting});
    }
    for (const auto& request : kept) serve_queue_.push(request);
}

void PeerSession::announce(PieceIndex piece)
{
    send(Have{piece.value()});
}

// ---- what they ask of us ----------------------------------------------------------------------------------------

bool PeerSession::may_serve(const Request& request) const
{
    const auto piece = geometry_.piece(request.piece);
    if (!piece || !our_pieces_.test(request.piece)) return false;
    return !we_choke_ || allowed_to_them_.contains(*piece);
}

void PeerSession::on(const Request& request)
{
    if (const auto sound = geometry_.check_request(request.piece, request.begin, request.length); !sound) {
        return violate(sound.error().text);
    }
    // A request that crossed our choke is no offence; without the fast extension it is simply not answered.
    if (!may_serve(request)) {
        if (fast_) send(Reject{request});
        return;
    }
    switch (serve_queue_.push(request)) {
    case ServeQueue::Outcome::queued: return actions_.on_requests_waiting();
    case ServeQueue::Outcome::duplicate: return;
    case ServeQueue::Outcome::full:
        if (fast_) send(Reject{request});
        return;
    }
}

void PeerSession::on(const Cancel& cancel)
{
    const Request& r = cancel.request;
    const bool taken_back = serve_queue_.remove(r) || actions_.withdraw({r.piece, r.begin, r.length});
    if (taken_back && fast_) send(Reject{r});
}

std::optional<Request> PeerSession::next_to_serve()
{
    return serve_queue_.pop();
}

void PeerSession::reject(const Request& request)
{
    if (fast_) send(Reject{request});
}

void PeerSession::allow_fast(std::span<const PieceIndex> pieces)
{
    if (!fast_) return;
    for (const PieceIndex piece : pieces) {
        if (allowed_to_them_.insert(piece).second) send(AllowedFast{piece.value()});
    }
}

// ---- what we ask of them ----------------------------------------------------------------------------------------

void PeerSession::request(BlockRef block, Time now)
{
    SHOAL_ASSERT(!they_choke_ || allowed_to_us_.contains(block.piece));
    now_ = now;
    if (outstanding_.empty()) last_block_ = now;
    outstanding_.push_back({block, now});
    send(Request{block.piece.value(), geometry_.begin(block), geometry_.length(block)});
}

void PeerSession::cancel(BlockRef block)
{
    // Whether it is rejected, arrives after all, or nothing comes: any answer is late from now on.
    if (!forget(block, true)) return;
    send(Cancel{{block.piece.value(), geometry_.begin(block), geometry_.length(block)}});
}

void PeerSession::cancel_all()
{
    while (!outstanding_.empty()) cancel(outstanding_.back().block);
}

bool PeerSession::forget(BlockRef block, bool remember_as_late)
{
    const auto at = std::ranges::find(outstanding_, block, &Outstanding::block);
    if (at == outstanding_.end()) return false;
    outstanding_.erase(at);
    if (remember_as_late) {
        if (late_.size() == most_late) late_.erase(late_.begin());
        late_.push_back(block);
    }
    return true;
}

void PeerSession::drop_requests()
{
    std::vector<BlockRef> returned;
    for (const auto& request : outstanding_) returned.push_back(request.block);
    for (const BlockRef block : returned) forget(block, true);
    if (!returned.empty()) actions_.on_returned(returned);
}

Arrival PeerSession::classify(const BlockHead& head) const
{
    const bool is_refusal = head.length == 0;
    const std::uint32_t number = head.begin / Geometry::block_size;
    auto block = geometry_.block_at(head.piece, number);
    if (!block || geometry_.begin(*block) != head.begin ||
        (!is_refusal && geometry_.length(*block) != head.length)) {
        return {Arrival::Kind::invalid, std::nullopt};
    }
    if (std::ranges::find(outstanding_, *block, &Outstanding::block) != outstanding_.end()) {
        return {is_refusal ? Arrival::Kind::refusal : Arrival::Kind::expected, *block};
    }
    const bool is_late = std::ranges::find(late_, *block) != late_.end();
    return {is_late || is_refusal ? Arrival::Kind::late : Arrival::Kind::stray, *block};
}

void PeerSession::on_block(BlockRef block, Time now)
{
    now_ = last_heard_ = last_block_ = now;
    const auto at = std::ranges::find(outstanding_, block, &Outstanding::block);
    SHOAL_ASSERT(at != outstanding_.end());
    const Time asked = at->asked;
    outstanding_.erase(at);
    is_snubbed_ = false;
    refusals_ = 0;
    window_.on_block(asked, now, static_cast<std::uint32_t>(outstanding_.size()));
}

void PeerSession::on_refusal(BlockRef block)
{
    if (!forget(block, false)) return;
    // What a choking peer declines it takes out of the pieces it allowed all the same.
    if (they_choke_) allowed_to_us_.erase(block.piece);
    else ++refusals_;
    actions_.on_returned({&block, 1});
}

void PeerSession::on_useless_block(const Arrival& arrival, std::uint32_t length, Time now)
{
    now_ = last_heard_ = now;
    wasted_ += length;
    const bool was_asked = arrival.kind == Arrival::Kind::late && std::erase(late_, *arrival.block) > 0;
    if (!was_asked && ++strays_ > most_strays) {
        violate("blocks that nobody asked for");
    }
}

void PeerSession::on(const Reject& reject)
{
    if (!needs_fast("reject")) return;
    const auto block = geometry_.block(reject.request.piece, reject.request.begin, reject.request.length);
    if (!block) return violate("reject: " + block.error().text);
    const bool is_asked = std::ranges::find(outstanding_, *block, &Outstanding::block) != outstanding_.end();
    if (is_asked) return on_refusal(*block);
    // The answer to a cancel of ours; a reject of something never asked is counted with the strays.
    if (std::erase(late_, *block) == 0 && ++strays_ > most_strays) violate("rejects of requests never made");
}

void PeerSession::on(const AllowedFast& allowed)
{
    if (!needs_fast("allowed fast")) return;
    const auto piece = geometry_.piece(allowed.piece);
    if (!piece) return violate("allowed fast: " + piece.error().text);
    if (allowed_to_us_.size() < most_allowed_fast) allowed_to_us_.insert(*piece);
}

void PeerSession::on(const Suggest& suggest)
{
    if (!needs_fast("suggest")) return;
    // A hint we may ignore (BEP 6), and do: which piece is next is the pickers' choice. It must make sense all the same.
    if (const auto piece = geometry_.piece(suggest.piece); !piece) violate("suggest: " + piece.error().text);
}

// ---- extensions, time -------------------------------------------------------------------------------------------

void PeerSession::on(const Port& port)
{
    actions_.on_port(port.port);
}

void PeerSession::on(const Unknown&)
{
    count_flip();
}

void PeerSession::on(const Extended& message)
{
    if (!extended_) return violate("an extended message without the extension protocol");
    if (message.id == 0) return on_extended_handshake(message.payload);
    actions_.on_extended(message.id, message.payload);
}

void PeerSession::on_extended_handshake(ByteView payload)
{
    const auto handshake = decode_extended_handshake(payload);
    if (!handshake) return violate(handshake.error().text);
    theirs_.update(*handshake);
    if (theirs_.request_limit) {
        window_.set_most(std::min<std::uint32_t>(*theirs_.request_limit, settings_.most_requested));
    }
    actions_.on_extended_handshake();
}

void PeerSession::tick(Time now)
{
    if (closed_) return;
    now_ = now;
    refusals_ = 0;
    if (now - last_heard_ > settings_.silence_timeout) {
        closed_ = true;
        return actions_.close(make_error(Errc::timed_out, "the peer was silent for too long"));
    }
    keep_alive();
    if (!outstanding_.empty() && now - last_block_ > settings_.snub_after && !is_snubbed_) {
        is_snubbed_ = true;
        window_.on_stall();
    }
    std::vector<BlockRef> overdue;
    for (const auto& request : outstanding_) {
        if (now - request.asked > settings_.request_timeout) overdue.push_back(request.block);
    }
    for (const BlockRef block : overdue) cancel(block);
    if (!overdue.empty()) actions_.on_returned(overdue);
}

void PeerSession::tick_unread(Time now)
{
    if (closed_) return;
    now_ = last_heard_ = last_block_ = now;
    keep_alive();
}

void PeerSession::keep_alive()
{
    if (now_ - last_sent_ > settings_.keep_alive_after) send(KeepAlive{});
}

}  // namespace shoal::peer
