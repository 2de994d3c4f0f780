#include "stream_plan.hpp"

#include <shoal/picker.hpp>

#include <algorithm>
#include <stdexcept>

namespace shoal::streaming {
namespace {

Settings read(const shoal::Settings& settings)
{
    return {.head_bytes = static_cast<std::uint64_t>(settings.integer("head_bytes")),
            .tail_bytes = static_cast<std::uint64_t>(settings.integer("tail_bytes")),
            .rate = static_cast<std::uint64_t>(settings.integer("rate")),
            .window = std::chrono::seconds(settings.integer("window")),
            .step_bytes = static_cast<std::uint64_t>(settings.integer("step_bytes"))};
}

class Streaming : public Picker {
public:
    static constexpr std::uint32_t events = SHOAL_EVENT_STATE | SHOAL_EVENT_PRIORITY;

    explicit Streaming(Host& host)
        : torrent_(host.torrent()), events_(host.events()), plan_(read(host.settings()))
    {
        using Type = Value::Type;
        const auto declared = events_.declare({.name = "can_play",
                                               .help = "head and tail of a file are here, or its beginning has grown; or they are here no more",
                                               .fields = {{.name = "file", .type = Type::integer, .help = "its index"},
                                                          {.name = "path", .type = Type::text, .help = "in the torrent"},
                                                          {.name = "contiguous", .type = Type::integer, .help = "octets from its beginning"},
                                                          {.name = "ready", .type = Type::boolean, .help = "it can be played"}}});
        if (!declared) throw std::logic_error(declared.error().text);
    }

    void on_events(const SwarmView& swarm, std::span<const shoal_piece_event> changes) override
    {
        const auto torrent = torrent_.view();
        const bool priorities = std::ranges::any_of(
            changes, [](const shoal_piece_event& change) { return change.kind == SHOAL_EVENT_PRIORITY; });
        if (priorities) plan_.read_files(torrent);
        for (const auto& [file, contiguous, ready] : plan_.on_events(swarm, changes)) {
            static_cast<void>(events_.publish(
                "can_play", {field("file", file), field("path", from_abi(torrent.files()[file].path)),
                             field("contiguous", contiguous), field("ready", ready)}));
        }
    }

    void rank(const SwarmView& swarm, const Ranks& ranks) override { plan_.rank(swarm, ranks); }

private:
    OwnTorrent torrent_;
    Events events_;
    StreamPlan plan_;
};

} // namespace
} // namespace shoal::streaming

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.picker.streaming", "version": "1.0.0", "license": "MIT",
  "summary": "The ends of each file, then in order and in time; says when a file can be played.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.picker/1", "name": "streaming", "scope": "torrent" } ],
  "requires": [ "shoal.host.torrent/1", "shoal.host.events/1", "shoal.host.settings/1" ],
  "settings": {
    "head_bytes": { "type": "int", "default": 4194304, "min": 1, "max": 1073741824, "unit": "bytes",
        "scope": "torrent", "live": false,
        "help": "beginning of each file fetched before all else" },
    "tail_bytes": { "type": "int", "default": 1048576, "min": 1, "max": 1073741824, "unit": "bytes",
        "scope": "torrent", "live": false,
        "help": "end of each file fetched before all else: some formats keep an index there" },
    "rate": { "type": "int", "default": 1000000, "min": 1, "max": 1000000000, "unit": "bytes/s",
        "scope": "torrent", "live": false,
        "help": "how fast the player consumes" },
    "window": { "type": "int", "default": 30, "min": 1, "max": 3600, "unit": "s",
        "scope": "torrent", "live": false,
        "help": "how far ahead of the player pieces have a deadline" },
    "step_bytes": { "type": "int", "default": 8388608, "min": 1, "max": 1073741824, "unit": "bytes",
        "scope": "torrent", "live": false,
        "help": "growth of the playable beginning between two can_play events" } },
  "sim_safe": true })json",
             shoal::picker<shoal::streaming::Streaming>("streaming"))
