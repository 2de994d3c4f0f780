// What the cases of picker_suite.hpp work with: a picker made through its C table, and swarms that ask it. What it writes where it
// may not, and what it answers that the host would drop, are findings.
#pragma once

#include "testing/bare_host.hpp"
#include "testing/findings.hpp"
#include "testing/trial_swarm.hpp"

#include <shoal/abi/plugin.h>
#include <shoal/crossing.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::testing {

struct PickerSubject {
    const shoal_factory* factory = nullptr;                  // of kind shoal.picker/1
    SettingNumbers settings{};                               // every setting of its manifest, of types int and bool
    std::map<std::string, std::string, std::less<>> texts{}; // the same, of type text
    bool leaves_blocks = false; // to the picker after it in a torrent's list, as one does that is only for the endgame
};

/// One file over all pieces, of 16 KiB blocks. Keeps what the view points to.
class TrialTorrent {
public:
    explicit TrialTorrent(TrialShape shape)
    {
        constexpr std::uint32_t block = 16 * 1024;
        raw_.struct_size = sizeof raw_;
        raw_.piece_count = shape.pieces;
        raw_.piece_length = shape.blocks_per_piece * block;
        raw_.total_length = (shape.pieces - 1) * std::uint64_t{raw_.piece_length} + shape.blocks_in_last * std::uint64_t{block};
        raw_.name = to_abi("trial");
        raw_.files = &file_;
        raw_.file_count = 1;
        raw_.file_stride = sizeof file_;
        file_ = {to_abi("trial"), 0, raw_.total_length, 0, TrialPieces::normal};
    }
    TrialTorrent(const TrialTorrent&) = delete;
    TrialTorrent& operator=(const TrialTorrent&) = delete;

    [[nodiscard]] const shoal_torrent_view& raw() const { return raw_; }

private:
    shoal_torrent_file file_{};
    shoal_torrent_view raw_{};
};

/// An instance between create() and destroy(), which a TrialSwarm can ask. Its random numbers come from `seed`.
class OpenPicker final : public Picker {
public:
    OpenPicker(const PickerSubject& subject, TrialShape shape, std::uint64_t seed, Findings& findings)
        : factory_(*subject.factory), table_(*static_cast<const shoal_picker_v1*>(factory_.table)), findings_(findings),
          torrent_(std::make_unique<TrialTorrent>(shape)), host_(std::make_unique<BareHost>(subject.settings, subject.texts))
    {
        host_->lend_torrent(torrent_->raw(), seed);
        if (!succeeds(factory_.create(host_->raw(), &self_), "create")) self_ = nullptr;
    }

    ~OpenPicker() override
    {
        if (self_ == nullptr) return;
        if (factory_.stop != nullptr) factory_.stop(self_);
        factory_.destroy(self_);
    }

    void attach_to(TrialSwarm& swarm) { swarm.attach(*this, read_traits(), table_.on_events != nullptr); }

    /// As the host asks for them, once.
    shoal_picker_traits read_traits()
    {
        const std::uint32_t tiers = (table_.rank != nullptr ? SHOAL_TIER_RANK : 0) | (table_.pick != nullptr ? SHOAL_TIER_PICK : 0);
        const shoal_picker_traits most{table_.flags, table_.event_mask, tiers, 0};
        auto traits = most;
        if (self_ != nullptr && table_.describe != nullptr) table_.describe(self_, &traits);
        const bool adds = (traits.flags & ~most.flags) != 0 || (traits.event_mask & ~most.event_mask) != 0 || (traits.tiers & ~most.tiers) != 0;
        findings_.expect(!adds, "describe adds what the table does not have");
        findings_.expect(traits.tiers != 0, "it neither ranks nor picks");
        return traits;
    }

    void on_events(const SwarmView& swarm, std::span<const shoal_piece_event> events) override
    {
        if (self_ != nullptr) table_.on_events(self_, &swarm.raw(), events.data(), static_cast<std::uint32_t>(events.size()));
    }

    void rank(const SwarmView& swarm, const Ranks& ranks) override
    {
        const auto count = swarm.piece_count();
        std::vector<std::int64_t> numbers(count);
        std::vector<std::uint64_t> deadlines(count, SHOAL_NO_DEADLINE);
        numbers.resize(count + guards, guard);
        deadlines.resize(count + guards, guard);
        if (self_ == nullptr || !succeeds(table_.rank(self_, &swarm.raw(), numbers.data(), deadlines.data()), "rank")) return;
        const bool is_within = std::ranges::all_of(numbers.begin() + count, numbers.end(), is_guard) &&
                               std::ranges::all_of(deadlines.begin() + count, deadlines.end(), is_guard);
        findings_.expect(is_within, "rank writes behind the last piece");
        std::copy_n(numbers.begin(), count, ranks.all().begin());
        std::copy_n(deadlines.begin(), count, ranks.deadlines().begin());
    }

    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        const auto capacity = list.room();
        std::vector<shoal_pick> picks(capacity + guards, shoal_pick{guard, guard, 0, 0, 0});
        const auto count = self_ == nullptr ? 0 : table_.pick(self_, &swarm.raw(), &request.raw(), picks.data(), capacity);
        if (!succeeds(count, "pick")) return;
        const bool is_within = static_cast<std::uint32_t>(count) <= capacity &&
                               std::all_of(picks.begin() + capacity, picks.end(), [](const shoal_pick& pick) { return is_guard(pick.piece); });
        if (!findings_.expect(is_within, "pick gives more blocks than there is room for")) return;
        for (const auto& pick : std::span(picks).first(static_cast<std::uint32_t>(count))) list.add(pick.piece, pick.block, pick.reason, pick.score);
    }

private:
    static constexpr std::size_t guards = 8;
    static constexpr std::uint32_t guard = 0x5eed5eed;
    static constexpr auto is_guard = [](auto value) { return value == guard; };

    bool succeeds(std::int32_t status, std::string_view call)
    {
        return findings_.expect(status >= 0, std::string(call) + " failed with " + std::to_string(status) + ": " + host_->take_error());
    }

    const shoal_factory& factory_;
    const shoal_picker_v1& table_;
    Findings& findings_;
    std::unique_ptr<TrialTorrent> torrent_;
    std::unique_ptr<BareHost> host_;
    void* self_ = nullptr;
};

/// First missing piece first: takes what a subject leaves.
class InOrder final : public Picker {
public:
    void rank(const SwarmView& swarm, const Ranks& ranks) override
    {
        for (std::uint32_t piece = 0; piece < swarm.piece_count(); ++piece) ranks.set(piece, -std::int64_t{piece});
    }
};

/// A subject in a swarm, alone or with somebody who takes what it leaves.
class PickerTrial {
public:
    PickerTrial(const PickerSubject& subject, Findings& findings, TrialShape shape, std::uint64_t seed = 1)
        : leaves_blocks_(subject.leaves_blocks), findings_(findings), swarm_(shape),
          picker_(std::make_unique<OpenPicker>(subject, shape, seed, findings))
    {
    }

    [[nodiscard]] TrialSwarm& swarm() { return swarm_; }

    /// From here on it hears and is asked; before, the swarm can be made what it shall find.
    void begin()
    {
        picker_->attach_to(swarm_);
        if (leaves_blocks_) swarm_.attach(rest_);
    }

    /// What was asked for in answer to one refill, by all together. Refused picks are findings, and the end of the trial.
    std::vector<shoal_pick> refill(std::uint32_t peer, std::uint32_t budget)
    {
        std::vector<shoal_pick> picks;
        for (std::size_t number = 0; number < swarm_.picker_count() && picks.size() < budget && !has_failed_; ++number) {
            const auto answer = swarm_.refill(peer, budget - static_cast<std::uint32_t>(picks.size()), number);
            if (!answer.refused.empty()) has_failed_ = !findings_.expect(false, answer.refused.front());
            picks.insert(picks.end(), answer.picks.begin(), answer.picks.end());
        }
        return picks;
    }

    /// Everything that was asked of the peer comes, and every piece that is complete passes.
    void deliver(std::uint32_t peer)
    {
        const auto outstanding = swarm_.peer(peer).outstanding;
        for (const auto& block : outstanding) swarm_.receive(peer, block);
        for (const auto piece : swarm_.unverified()) swarm_.verify(piece, true);
    }

    /// One peer after the other is asked and delivers, until everything is there or a round brings nothing.
    bool fetch(const std::vector<std::uint32_t>& peers, std::uint32_t budget = 7)
    {
        while (!swarm_.is_finished() && !has_failed_) {
            std::size_t moved = 0;
            for (const auto peer : peers) {
                moved += refill(peer, budget).size();
                deliver(peer);
            }
            if (moved == 0) break;
        }
        return swarm_.is_finished();
    }

    bool expect(bool holds, std::string_view what) { return findings_.expect(holds, what); }
    [[nodiscard]] bool has_failed() const { return has_failed_; }

private:
    bool leaves_blocks_;
    Findings& findings_;
    TrialSwarm swarm_;
    std::unique_ptr<OpenPicker> picker_;
    InOrder rest_;
    bool has_failed_ = false;
};

} // namespace shoal::testing
