#include "piece/ledger.hpp"

#include <shoal/random.hpp>

#include "block_length.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

// Whatever happens in whatever order, the ledger's sums are those of its parts.
using namespace shoal;
using piece::Ledger;

namespace {

class Fate {
public:
    explicit Fate(std::uint64_t seed) : random_(seed, 0) {}

    void step()
    {
        const auto piece =
            *geometry_.piece(static_cast<std::uint32_t>(random_.below(geometry_.piece_count())));
        switch (random_.below(9)) {
        case 0: ledger_.set_priority(piece, static_cast<std::uint8_t>(random_.below(3) * 4)); break;
        case 1: if (ledger_.state(piece) == SHOAL_PIECE_MISSING) open(piece); break;
        case 2:
        case 3: request(piece); break;
        case 4: give_back(piece); break;
        case 5:
        case 6: receive(piece); break;
        case 7: judge(piece); break;
        case 8: seldom(piece); break;
        }
    }

    void check()
    {
        std::uint32_t wanted = 0;
        std::uint64_t octets = 0;
        bool is_unrequested = false;
        std::vector<std::uint32_t> open;
        for (const auto piece : geometry_.pieces()) {
            const auto state = ledger_.state(piece);
            const auto* found = ledger_.find(piece);
            REQUIRE((state == SHOAL_PIECE_HAVE) == ledger_.have().test(piece.value()));
            REQUIRE((state == SHOAL_PIECE_PARTIAL || state == SHOAL_PIECE_COMPLETE) == (found != nullptr));
            const bool is_wanted = ledger_.priority(piece) > 0 && state != SHOAL_PIECE_HAVE;
            REQUIRE(ledger_.is_wanted(piece) == is_wanted);
            wanted += is_wanted ? 1 : 0;
            octets += is_wanted ? geometry_.length(piece) : 0;
            if (found != nullptr) check_open(*found, state);
            if (!is_wanted) continue;
            if (state == SHOAL_PIECE_MISSING || (found != nullptr && found->unrequested() > 0))
                is_unrequested = true;
        }
        REQUIRE(ledger_.wanted_count() == wanted);
        REQUIRE(ledger_.wanted_octets_left() == octets);
        REQUIRE(ledger_.has_unrequested() == is_unrequested);
        check_partials();
        replay();
    }

private:
    void open(PieceIndex piece)
    {
        auto buffer = pool_.take_synthetic(geometry_.length(piece));
        if (!buffer) return;
        auto& made = ledger_.open(piece, std::move(*buffer));
        order_.push_back(piece);
        if (random_.below(4) == 0) made.exclusive_to = PeerHandle{1 + random_.below(3)};
    }

    BlockIndex some_block(PieceIndex piece)
    {
        const auto count = geometry_.block_count(piece);
        return geometry_.block_at(piece.value(), static_cast<std::uint32_t>(random_.below(count)))->block;
    }

    void request(PieceIndex piece)
    {
        auto* open = ledger_.find(piece);
        if (open == nullptr) return;
        const BlockRef ref{piece, some_block(piece)};
        if (!open->is_received(ref.block) && open->requesters(ref.block) < 4) ledger_.on_requested(ref);
    }

    void give_back(PieceIndex piece)
    {
        auto* open = ledger_.find(piece);
        const BlockRef ref{piece, some_block(piece)};
        if (open == nullptr || open->requesters(ref.block) > 0) ledger_.on_request_returned(ref);
    }

    void receive(PieceIndex piece)
    {
        auto* open = ledger_.find(piece);
        if (open == nullptr || ledger_.state(piece) != SHOAL_PIECE_PARTIAL) return;
        open->on_received(some_block(piece), PeerHandle{1 + random_.below(5)}, false);
        if (open->is_received()) ledger_.on_all_received(piece);
    }

    void judge(PieceIndex piece)
    {
        if (ledger_.state(piece) != SHOAL_PIECE_COMPLETE) return;
        ledger_.take_out(piece);
        std::erase(order_, piece);
        if (random_.below(3) == 0) ledger_.mark_missing(piece);
        else ledger_.mark_have(piece);
    }

    void seldom(PieceIndex piece)
    {
        switch (random_.below(30)) {
        case 0:
            ledger_.abandon_all();
            order_.clear();
            break;
        case 1:
        case 2:
            for (const auto exclusive : ledger_.exclusive_to(PeerHandle{1 + random_.below(3)})) {
                ledger_.take_out(exclusive);
                ledger_.mark_missing(exclusive);
            }
            std::erase_if(order_, [&](PieceIndex p) { return ledger_.find(p) == nullptr; });
            break;
        case 3:
            if (ledger_.state(piece) == SHOAL_PIECE_MISSING) ledger_.mark_have(piece);
            break;
        default: break;
        }
    }

    void check_open(const piece::OpenPiece& open, std::uint8_t state)
    {
        std::uint32_t unrequested = 0;
        std::uint32_t received = 0;
        for (const auto b : geometry_.blocks(open.index())) {
            REQUIRE_FALSE((open.is_received(b) && open.is_requested(b)));
            if (!open.is_received(b)) REQUIRE(open.is_requested(b) == (open.requesters(b) > 0));
            unrequested += !open.is_received(b) && !open.is_requested(b) ? 1 : 0;
            received += open.is_received(b) ? 1 : 0;
        }
        REQUIRE(open.unrequested() == unrequested);
        REQUIRE(open.is_received() == (received == open.block_count()));
        REQUIRE((state == SHOAL_PIECE_COMPLETE) == open.is_received());
    }

    void check_partials()
    {
        std::vector<std::uint32_t> expected;
        for (const auto piece : order_) {
            if (ledger_.state(piece) == SHOAL_PIECE_PARTIAL) expected.push_back(piece.value());
        }
        std::vector<std::uint32_t> listed;
        for (const auto& partial : ledger_.partials()) listed.push_back(partial.piece);
        REQUIRE(listed == expected);
        REQUIRE(ledger_.open_count() == order_.size());
    }

    // Who follows the events knows the state.
    void replay()
    {
        for (const auto& event : ledger_.take_events()) {
            auto& known = event.kind == SHOAL_EVENT_STATE ? states_ : priorities_;
            const auto before = event.kind == SHOAL_EVENT_STATE
                                    ? known[event.piece]
                                    : known.try_emplace(event.piece, 4).first->second;
            REQUIRE(before == event.before);
            REQUIRE(event.before != event.after);
            known[event.piece] = event.after;
        }
        for (const auto piece : geometry_.pieces()) {
            REQUIRE(states_[piece.value()] == ledger_.state(piece));
            REQUIRE(priorities_.try_emplace(piece.value(), 4).first->second == ledger_.priority(piece));
        }
    }

    Geometry geometry_ = *Geometry::make(std::uint64_t{11} * 3 * block + 5, 3 * block, {});
    disk::BufferPool pool_{std::uint64_t{20} * block};
    Ledger ledger_{geometry_};
    RandomStream random_;
    std::vector<PieceIndex> order_;  // of opening
    std::map<std::uint32_t, std::uint32_t> states_;
    std::map<std::uint32_t, std::uint32_t> priorities_;
};

}  // namespace

TEST_CASE("the ledger's sums are those of its parts after any history", "[piece]")
{
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Fate fate(seed);
        for (int i = 0; i < 1'500; ++i) {
            fate.step();
            fate.check();
        }
    }
}
