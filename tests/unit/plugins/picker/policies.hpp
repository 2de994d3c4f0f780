// The policies of our pickers behind shoal::Picker, as their plug-in entries put them there, with settings
// and seed open to tests.
#pragma once

#include <endgame.hpp>
#include <lua_picker.hpp>
#include <rarest_first.hpp>
#include <sequential.hpp>
#include <stream_plan.hpp>

#include <shoal/picker.hpp>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace shoal::test {

class RarestFirstPicker : public Picker {
public:
    static constexpr std::uint32_t events =
        SHOAL_EVENT_AVAILABILITY | SHOAL_EVENT_STATE | SHOAL_EVENT_PRIORITY;

    explicit RarestFirstPicker(std::uint32_t random_first, std::uint64_t seed = 1)
        : policy_({.random_first = random_first}, RandomStream(seed, 0))
    {
    }

    void on_events(const SwarmView& swarm, std::span<const shoal_piece_event> changes) override
    {
        policy_.on_events(swarm, changes);
    }
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        policy_.pick(swarm, request, list);
    }

private:
    rarest_first::RarestFirst policy_;
};

class EndgamePicker : public Picker {
public:
    static constexpr std::uint32_t flags = SHOAL_PICKER_DUPLICATES;

    explicit EndgamePicker(std::uint64_t seed = 1) : policy_(RandomStream(seed, 0)) {}

    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        policy_.pick(swarm, request, list);
    }

private:
    endgame::Endgame policy_;
};

class SequentialPicker : public Picker {
public:
    static constexpr std::uint32_t events = SHOAL_EVENT_PRIORITY;

    void rank(const SwarmView& swarm, const Ranks& ranks) override
    {
        sequential::rank_in_order(swarm, ranks);
    }
};

class StreamingPicker : public Picker {
public:
    static constexpr std::uint32_t events = SHOAL_EVENT_STATE | SHOAL_EVENT_PRIORITY;

    StreamingPicker(streaming::Settings settings, const shoal_torrent_view& torrent)
        : torrent_(&torrent), plan_(settings)
    {
        plan_.read_files(TorrentView(torrent));
    }

    void on_events(const SwarmView& swarm, std::span<const shoal_piece_event> changes) override
    {
        for (const auto& change : changes) {
            if (change.kind == SHOAL_EVENT_PRIORITY) plan_.read_files(TorrentView(*torrent_));
        }
        for (const auto& event : plan_.on_events(swarm, changes)) playable.push_back(event);
    }
    void rank(const SwarmView& swarm, const Ranks& ranks) override { plan_.rank(swarm, ranks); }

    std::vector<streaming::CanPlay> playable;

private:
    const shoal_torrent_view* torrent_;
    streaming::StreamPlan plan_;
};

/// The text of a script of ours.
inline std::string shipped_script(const std::string& path)
{
    std::ifstream file(SHOAL_SOURCE_DIR "/scripts/" + path);
    if (!file) throw std::runtime_error("there is no " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class ScriptedPicker : public Picker {
public:
    static constexpr std::uint32_t flags = SHOAL_PICKER_DUPLICATES;
    static constexpr std::uint32_t events = SHOAL_EVENT_AVAILABILITY | SHOAL_EVENT_STATE | SHOAL_EVENT_PRIORITY;

    explicit ScriptedPicker(const std::string& text, std::uint64_t seed = 1)
        : policy_({"my.lua", text}, [this] { return now; }, seed,
                  [this](std::string_view line) { printed.emplace_back(line); })
    {
    }

    void describe(shoal_picker_traits& traits) override { policy_.describe(traits); }
    void rank(const SwarmView& swarm, const Ranks& ranks) override { policy_.rank(swarm, ranks); }
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        policy_.pick(swarm, request, list);
    }

    std::chrono::nanoseconds now{};
    std::vector<std::string> printed;

private:
    picker_lua::LuaPicker policy_;
};

} // namespace shoal::test
