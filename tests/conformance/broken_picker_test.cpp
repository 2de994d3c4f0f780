// The suite finds what is wrong: pickers that each break one promise.
#include "testing/picker_suite.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::testing;

namespace {

// Right but for what a derived class breaks: open pieces, then the first that is missing.
class Sound : public Picker {
public:
    explicit Sound(Host&) {}

    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        for (const auto& partial : swarm.partials()) {
            if (may_pick(swarm, request, partial.piece)) list.add_unrequested(partial);
        }
        auto may_open = swarm.open_allowance();
        for (std::uint32_t piece = first(swarm); piece < swarm.piece_count() && may_open > 0; ++piece) {
            if (swarm.state()[piece] != SHOAL_PIECE_MISSING || !may_pick(swarm, request, piece)) continue;
            list.add_piece(piece, blocks_of(swarm, piece));
            --may_open;
        }
    }

protected:
    virtual bool may_pick(const SwarmView& swarm, const PickRequest& request, std::uint32_t piece)
    {
        return swarm.priority()[piece] != 0 && request.peer_pieces().test(piece);
    }
    virtual std::uint32_t first(const SwarmView&) { return 0; }
    virtual std::uint32_t blocks_of(const SwarmView& swarm, std::uint32_t piece) { return swarm.block_count(piece); }
};

class IgnoresPeers : public Sound {
public:
    using Sound::Sound;
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override { Sound::pick(swarm, request, list); }

protected:
    bool may_pick(const SwarmView& swarm, const PickRequest&, std::uint32_t piece) override { return swarm.priority()[piece] != 0; }
};

class IgnoresPriorities : public Sound {
public:
    using Sound::Sound;
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override { Sound::pick(swarm, request, list); }

protected:
    bool may_pick(const SwarmView&, const PickRequest& request, std::uint32_t piece) override { return request.peer_pieces().test(piece); }
};

class ForgetsTheLastPiece : public Sound {
public:
    using Sound::Sound;
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override { Sound::pick(swarm, request, list); }

protected:
    std::uint32_t blocks_of(const SwarmView& swarm, std::uint32_t) override { return swarm.raw().blocks_per_piece; }
};

class DrawsOnSomethingElse : public Sound {
public:
    using Sound::Sound;
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override { Sound::pick(swarm, request, list); }

protected:
    // Of all instances, though each belongs to a torrent of its own.
    std::uint32_t first(const SwarmView& swarm) override
    {
        static std::uint32_t calls = 0;
        return swarm.have_count() + swarm.partials().size() == 0 ? calls++ % 3 * 3 : 0;
    }
};

class AsksAgain : public Sound {
public:
    using Sound::Sound;
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        Sound::pick(swarm, request, list);
        for (const auto& partial : swarm.partials()) list.add(partial.piece, 0);
    }
};

class OpensWithoutLimit : public Sound {
public:
    using Sound::Sound;
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        for (std::uint32_t piece = 0; piece < swarm.piece_count(); ++piece) {
            if (swarm.is_openable(piece) && request.peer_pieces().test(piece)) list.add(piece, 0);
        }
        Sound::pick(swarm, request, list);
    }
};

class ThrowsWhenAsked : public Sound {
public:
    using Sound::Sound;
    void pick(const SwarmView&, const PickRequest&, PickList&) override { throw std::runtime_error("out of luck"); }
};

// Learns from events alone what is missing, and does not hear of pieces that were corrupt.
class TrustsEveryPiece : public Sound {
public:
    static constexpr std::uint32_t events = SHOAL_EVENT_STATE;
    using Sound::Sound;

    void on_events(const SwarmView& swarm, std::span<const shoal_piece_event> changes) override
    {
        done_.resize(swarm.piece_count());
        for (const auto& change : changes) {
            if (change.piece != SHOAL_ALL_PIECES && change.after == SHOAL_PIECE_COMPLETE) done_[change.piece] = true;
        }
    }
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override { Sound::pick(swarm, request, list); }

protected:
    bool may_pick(const SwarmView& swarm, const PickRequest& request, std::uint32_t piece) override
    {
        return !done_[piece] && Sound::may_pick(swarm, request, piece);
    }

private:
    std::vector<bool> done_;
};

class RanksTooMany : public Picker {
public:
    explicit RanksTooMany(Host&) {}
    void rank(const SwarmView&, const Ranks& ranks) override { ranks.all().data()[ranks.all().size()] = 1; }
};

template <class T>
std::vector<std::string> promises_broken_by()
{
    static constexpr auto factory = picker<T>("broken");
    const PickerSubject subject{.factory = &factory};
    std::vector<std::string> broken;
    for (const auto& test : picker_cases()) {
        if (!run(test, subject).empty()) broken.emplace_back(test.sentence);
    }
    return broken;
}

template <class T>
bool breaks(std::string_view sentence)
{
    const auto broken = promises_broken_by<T>();
    return std::ranges::find(broken, sentence) != broken.end();
}

} // namespace

TEST_CASE("a small picker breaks no promise", "[conformance][picker]")
{
    CHECK(promises_broken_by<Sound>() == std::vector<std::string>());
}

TEST_CASE("the suite finds each promise that a picker breaks", "[conformance][picker]")
{
    CHECK(breaks<IgnoresPeers>("what a peer announces is asked for"));
    CHECK(breaks<IgnoresPeers>("peers that have a part each make the whole"));
    CHECK(breaks<IgnoresPriorities>("what nobody wants is left alone, what becomes wanted is fetched"));
    CHECK(breaks<ForgetsTheLastPiece>("torrents of every shape are fetched from one seed"));
    CHECK(breaks<DrawsOnSomethingElse>("the same seed and the same swarm give the same picks"));
    CHECK(breaks<DrawsOnSomethingElse>("two instances share nothing"));
    CHECK(breaks<AsksAgain>("blocks are asked for twice in the endgame only, and never of the same peer"));
    CHECK(breaks<OpensWithoutLimit>("no more pieces are opened than are allowed"));
    CHECK(breaks<ThrowsWhenAsked>("any moment may be the first"));
    CHECK(breaks<TrustsEveryPiece>("what was corrupt or did not come is fetched again"));
    CHECK(breaks<RanksTooMany>("torrents of every shape are fetched from one seed"));
}
