#include "rarest_first.hpp"

#include <shoal/picker.hpp>

namespace shoal::rarest_first {
namespace {

class RarestFirstPicker : public Picker {
public:
    static constexpr std::uint32_t events =
        SHOAL_EVENT_AVAILABILITY | SHOAL_EVENT_STATE | SHOAL_EVENT_PRIORITY;

    explicit RarestFirstPicker(Host& host)
        : policy_({.random_first = static_cast<std::uint32_t>(host.settings().integer("random_first"))},
                  RandomStream(host.random().next(), 0))
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
    RarestFirst policy_;
};

} // namespace
} // namespace shoal::rarest_first

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.picker.rarest-first", "version": "1.0.0", "license": "MIT",
  "summary": "Finishes open pieces, then opens the rarest: what few peers have is copied before they leave.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.picker/1", "name": "rarest-first", "scope": "torrent" } ],
  "requires": [ "shoal.host.random/1", "shoal.host.settings/1" ],
  "settings": {
    "random_first": { "type": "int", "default": 4, "min": 0, "max": 1000, "unit": "pieces",
                      "scope": "torrent", "live": false,
                      "help": "pieces picked at random before rarity counts, to share something soon" } },
  "sim_safe": true })json",
             shoal::picker<shoal::rarest_first::RarestFirstPicker>("rarest-first"))
