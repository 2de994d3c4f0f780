#pragma once

#include "scripted_picker.hpp"
#include "unit/peer/conversation.hpp"

#include "host/registry.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"
#include "torrent/picker_stack.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::torrent::test {

using namespace std::chrono_literals;

// A picker stack over a ledger of eight pieces of four blocks, with as many peers as a test likes.
class StackBench {
public:
    static constexpr std::uint32_t pieces = 8;
    static constexpr std::uint32_t blocks = 4;
    using Blocks = std::vector<std::uint32_t>;  // 10 * piece + block

    StackBench()
    {
        registry_.scan(SHOAL_TEST_PLUGINS);
        registry_.scan(TORRENT_TEST_PLUGINS);
    }

    // Pickers end before the world in which they live.
    ~StackBench() { stack.set_pickers({}); }

    std::unique_ptr<host::Instance> load(const std::string& name)
    {
        const auto factory = registry_.find(SHOAL_KIND_PICKER, name);
        INFO((factory ? "" : factory.error().text));
        REQUIRE(factory);
        auto instance = host::Instance::create(
            **factory, {.environment = node_.environment(), .random = RandomStream(5, ++instances_)});
        REQUIRE(instance);
        return std::move(*instance);
    }

    void use(std::unique_ptr<host::Instance> first, std::unique_ptr<host::Instance> second = nullptr)
    {
        std::vector<std::unique_ptr<host::Instance>> pickers;
        pickers.push_back(std::move(first));
        if (second) pickers.push_back(std::move(second));
        stack.set_pickers(std::move(pickers));
    }
    void use(ScriptedPicker& first)
    {
        keep(first);
        use(first.make(node_.environment()));
    }
    void use(ScriptedPicker& first, ScriptedPicker& second)
    {
        keep(first);
        keep(second);
        use(first.make(node_.environment()), second.make(node_.environment()));
    }

    // What is asked of the peer now.
    Blocks refill(std::uint64_t peer, std::uint32_t budget, std::uint32_t flags = 0)
    {
        Blocks accepted;
        auto& session = session_of(peer);
        const Bitfield& theirs = pieces_of.contains(peer) ? pieces_of.at(peer) : everything_;
        stack.refill({.peer = PeerHandle{peer},
                      .budget = budget,
                      .pieces = &theirs,
                      .session = &session,
                      .peer_flags = flags,
                      .peer_rate = 0,
                      .open_allowance = open_allowance},
                     now, [&](BlockRef block, const shoal_pick&) {
                         if (ledger.find(block.piece) == nullptr) {
                             if (refuses_to_open) return false;
                             auto buffer = pool_.take_synthetic(geometry.length(block.piece));
                             ledger.open(block.piece, std::move(*buffer));
                         }
                         ledger.on_requested(block);
                         session.request(block, now);
                         if (flags & SHOAL_PEER_SUSPECT)
                             ledger.find(block.piece)->exclusive_to = PeerHandle{peer};
                         accepted.push_back(10 * block.piece.value() + block.block.value());
                         return true;
                     });
        return accepted;
    }

    void receive(std::uint64_t peer, std::uint32_t number)
    {
        const auto block = at(number);
        session_of(peer).on_block(block, now);
        ledger.on_request_returned(block);
        auto* open = ledger.find(block.piece);
        open->on_received(block.block, PeerHandle{peer}, false);
        if (open->is_received()) ledger.on_all_received(block.piece);
    }
    void finish(std::uint32_t number)
    {
        const auto piece = *geometry.piece(number);
        if (ledger.find(piece) != nullptr) ledger.take_out(piece);
        ledger.mark_have(piece);
    }
    void give_back(std::uint64_t peer, std::uint32_t number)
    {
        session_of(peer).cancel(at(number));
        ledger.on_request_returned(at(number));
    }

    // Asks one peer for everything, gets it, and says in how many refills it was all there.
    int fetch_all(std::uint32_t budget = 8)
    {
        int refills = 0;
        while (ledger.wanted_count() > 0 && refills < 1000) {
            ++refills;
            now += 10ms;
            const auto asked = refill(1, budget);
            for (const auto number : asked) receive(1, number);
            for (const auto piece : geometry.pieces()) {
                if (ledger.state(piece) == SHOAL_PIECE_COMPLETE) finish(piece.value());
            }
        }
        return refills;
    }

    BlockRef at(std::uint32_t number) const { return *geometry.block_at(number / 10, number % 10); }
    PieceIndex piece(std::uint32_t number) const { return *geometry.piece(number); }

private:
    // Instances outlive neither their factories nor the loop: these come first. Tests declare their pickers after
    // the bench, so what is left of those is kept here.
    std::vector<std::shared_ptr<const void>> kept_;
    host::Registry registry_;
    lab::World world_;
    lab::Node& node_ = world_.add_node();
    disk::BufferPool pool_{64u << 20};

    void keep(const ScriptedPicker& picker) { kept_.push_back(picker.remains()); }

public:
    Geometry geometry = *Geometry::make(std::uint64_t{pieces} * blocks * Geometry::block_size,
                                        blocks * Geometry::block_size, {});
    piece::Ledger ledger{geometry};
    piece::Availability availability{pieces};
    std::vector<std::string> replaced;  // "name: why"
    PickerStack stack{ledger, availability, [this](const std::string& name, const std::string& why) {
                          replaced.push_back(name + ": " + why);
                      }};
    environment::Time now{100s};
    std::map<std::uint64_t, Bitfield> pieces_of;  // of peers that do not have everything
    std::uint32_t open_allowance = 100;
    bool refuses_to_open = false;

private:
    struct Peer {
        explicit Peer(const Geometry& geometry)
            : ours(geometry.piece_count()), session(geometry, ours, {}, actions)
        {
            session.start({}, environment::Time{100s});
            session.on_message(peer::Unchoke{}, environment::Time{100s});
        }
        Bitfield ours;
        peer::testing::Actions actions;
        peer::PeerSession session;
    };

    peer::PeerSession& session_of(std::uint64_t number)
    {
        auto& made = peers_[number];
        if (!made) made = std::make_unique<Peer>(geometry);
        return made->session;
    }

    Bitfield everything_{pieces, true};
    std::map<std::uint64_t, std::unique_ptr<Peer>> peers_;
    std::uint64_t instances_ = 0;
};

inline shoal_pick pick_of(std::uint32_t number)
{
    return {number / 10, number % 10, 0, 0, 0};
}

inline std::vector<shoal_pick> picks_of(const StackBench::Blocks& numbers)
{
    std::vector<shoal_pick> picks;
    for (const auto number : numbers) picks.push_back(pick_of(number));
    return picks;
}

}  // namespace shoal::torrent::test
