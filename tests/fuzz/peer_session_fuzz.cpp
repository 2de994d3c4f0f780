#include "input.hpp"

#include "peer/peer_session.hpp"

#include <shoal/assert.hpp>
#include <shoal/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

// Any messages in any order, between commands as the swarm may give them: the session closes or keeps its
// books. What it says was asked is what we asked and was not answered; what it serves was asked for; its
// queues stay within their limits.
namespace {

using namespace shoal;
using namespace shoal::peer;
using environment::Time;
using fuzz::Input;

constexpr std::uint32_t piece_count = 11;
constexpr std::uint32_t piece_length = 3 * Geometry::block_size;
constexpr std::uint32_t most_served = 8;
constexpr std::uint32_t most_requested = 40;

class Play final : public PeerActions {
public:
    explicit Play(Input input) : input_(input)
    {
        const auto start = input_.octet();
        dies_at_once_ = (start & 1) != 0;
        for (std::uint32_t piece = 0; piece < piece_count; ++piece) {
            if ((start & 2) != 0 || piece % 3 == 0) ours_.set(piece);
        }
        session_ = std::make_unique<PeerSession>(
            geometry_, ours_, PeerSettings{.most_served = most_served, .most_requested = most_requested},
            *this);
        session_->start({.theirs = {.fast = (start & 4) != 0, .extended = (start & 8) != 0, .dht = (start & 16) != 0},
                         .node_port = 6881},
                        now_);
    }

    void run()
    {
        while (!input_.is_over() && session_ && !is_closed_) {
            step();
            if (session_) check();
        }
    }

private:
    void step()
    {
        switch (input_.octet() % 8) {
        case 0:
        case 1:
        case 2: return hear();
        case 3: return block();
        case 4: return ask();
        case 5: return command();
        case 6: return serve();
        default: break;
        }
        now_ += std::chrono::milliseconds(100 * input_.octet());
        session_->tick(now_);
    }

    Request request()
    {
        const auto begin =
            input_.octet() < 250 ? input_.number(4) * Geometry::block_size : input_.number(piece_length);
        const auto length = input_.octet() < 220 ? Geometry::block_size : input_.number(1 << 18);
        return {input_.number(piece_count + 1), begin, length};
    }

    void hear()
    {
        const auto kind = input_.octet() % std::variant_size_v<Message>;
        const Bytes body = kind == 6 || kind == 15 ? input_.octets() : Bytes();
        session_->on_message(message(kind, body), now_);
    }

    Message message(std::size_t kind, const Bytes& body)
    {
        switch (kind) {
        case 0: return KeepAlive{};
        case 1: return Choke{};
        case 2: return Unchoke{};
        case 3: return Interested{};
        case 4: return NotInterested{};
        case 5: return Have{input_.number(piece_count + 1)};
        case 6: return PieceBits{body};
        case 7: return Request(request());
        case 8: return Cancel{request()};
        case 9: return Port{static_cast<std::uint16_t>(input_.number(65536))};
        case 10: return Suggest{input_.number(piece_count + 1)};
        case 11: return HaveAll{};
        case 12: return HaveNone{};
        case 13: return Reject{request()};
        case 14: return AllowedFast{input_.number(piece_count + 1)};
        case 15: return Extended{static_cast<std::uint8_t>(input_.number(3)), body};
        default: return Unknown{input_.octet(), input_.number(100)};
        }
    }

    void block()
    {
        const auto asked = request();
        BlockHead head{asked.piece, asked.begin, asked.length};
        if (input_.octet() % 8 == 0) head.length = 0;
        // Most blocks are those that were asked for.
        if (!model_.empty() && input_.octet() % 4 != 0) {
            const BlockRef expected = *model_.begin();
            head = {expected.piece.value(), geometry_.begin(expected), geometry_.length(expected)};
        }
        const auto arrival = session_->classify(head);
        const bool is_expected = arrival.block && model_.contains(*arrival.block);
        SHOAL_ASSERT((arrival.kind == Arrival::Kind::expected || arrival.kind == Arrival::Kind::refusal) ==
                     is_expected);
        switch (arrival.kind) {
        case Arrival::Kind::expected:
            model_.erase(*arrival.block);
            return session_->on_block(*arrival.block, now_);
        case Arrival::Kind::refusal: return session_->on_refusal(*arrival.block);
        case Arrival::Kind::invalid: return;
        case Arrival::Kind::late:
        case Arrival::Kind::stray: return session_->on_useless_block(arrival, head.length, now_);
        }
    }

    void ask()
    {
        const auto block = geometry_.block_at(input_.octet() % piece_count, input_.octet() % 3);
        if (!block || model_.contains(*block) || model_.size() >= session_->window()) return;
        if (session_->is_choking_us() && !session_->allowed_fast().contains(block->piece)) return;
        model_.insert(*block);
        session_->request(*block, now_);
    }

    void command()
    {
        switch (input_.octet() % 6) {
        case 0: return session_->set_choking(input_.octet() % 2 == 0);
        case 1: return session_->set_interested(input_.octet() % 2 == 0);
        case 2: return session_->allow_fast(std::vector{*geometry_.piece(input_.octet() % piece_count)});
        case 3:
            if (model_.empty()) return;
            {
                const BlockRef block = *model_.begin();
                model_.erase(block);
                return session_->cancel(block);
            }
        case 4:
            model_.clear();
            return session_->cancel_all();
        default: return session_->announce(*geometry_.piece(input_.octet() % piece_count));
        }
    }

    void serve()
    {
        const auto next = session_->next_to_serve();
        if (!next) return;
        SHOAL_ASSERT(geometry_.check_request(next->piece, next->begin, next->length).has_value());
        SHOAL_ASSERT(ours_.test(next->piece));
        if (input_.octet() % 4 == 0) session_->reject(*next);
        else session_->on_block_sent(now_);
    }

    void check() const
    {
        SHOAL_ASSERT(session_->requests_waiting() <= most_served);
        SHOAL_ASSERT(session_->window() <= most_requested);
        SHOAL_ASSERT(session_->allowed_fast().size() <= 64);
        SHOAL_ASSERT(session_->their_pieces().size() == piece_count);
        std::set<BlockRef> outstanding;
        for (const auto& request : session_->outstanding())
            SHOAL_ASSERT(outstanding.insert(request.block).second);
        SHOAL_ASSERT(outstanding == model_);
    }

    void send(const Message& message) override
    {
        SHOAL_ASSERT(!is_closed_);
        if (const auto* asked = std::get_if<Request>(&message)) {
            SHOAL_ASSERT(geometry_.block(asked->piece, asked->begin, asked->length).has_value());
        }
    }
    void close(const Error& why) override
    {
        SHOAL_ASSERT(!is_closed_ && !why.text.empty());
        is_closed_ = true;
        if (dies_at_once_) session_.reset();
    }
    bool withdraw(const BlockHead&) override { return input_.octet() % 2 == 0; }
    void on_their_pieces() override {}
    void on_their_piece(PieceIndex piece) override
    {
        SHOAL_ASSERT(session_->their_pieces().test(piece.value()));
    }
    void on_unchoked() override { SHOAL_ASSERT(!session_->is_choking_us()); }
    void on_choked() override { SHOAL_ASSERT(session_->is_choking_us()); }
    void on_returned(std::span<const BlockRef> blocks) override
    {
        SHOAL_ASSERT(!blocks.empty());
        for (const BlockRef block : blocks) SHOAL_ASSERT(model_.erase(block) == 1);
    }
    void on_interest_changed() override {}
    void on_requests_waiting() override { SHOAL_ASSERT(session_->requests_waiting() > 0); }
    void on_extended_handshake() override {}
    void on_extended(std::uint8_t id, ByteView) override { SHOAL_ASSERT(id != 0); }
    void on_port(std::uint16_t) override {}

    Input input_;
    Geometry geometry_ = *Geometry::make(
        std::uint64_t{piece_length} * (piece_count - 1) + Geometry::block_size + 7, piece_length, {});
    Bitfield ours_{piece_count};
    Time now_{std::chrono::seconds{100}};
    std::set<BlockRef> model_;  // asked, and neither answered nor returned
    std::unique_ptr<PeerSession> session_;
    bool is_closed_ = false;
    bool dies_at_once_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    Play(Input(std::as_bytes(std::span(octets, size)))).run();
    return 0;
}
