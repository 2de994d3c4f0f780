#include "tit_for_tat.hpp"

#include <shoal/choker.hpp>

namespace shoal::tit_for_tat {
namespace {

class TitForTatChoker : public Choker {
public:
    explicit TitForTatChoker(Host& host)
        : settings_(host.settings()), policy_(RandomStream(host.random().next(), 0))
    {
    }

    void decide(const ChokerView& view, UnchokeList& list) override
    {
        const tit_for_tat::Settings settings{
            .slots = static_cast<std::uint32_t>(settings_.integer("slots")),
            .optimistic_interval = std::chrono::seconds(settings_.integer("optimistic_interval"))};
        policy_.decide(view, settings, list);
    }

private:
    shoal::Settings settings_;
    TitForTat policy_;
};

} // namespace
} // namespace shoal::tit_for_tat

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.choker.tit-for-tat", "version": "1.0.0", "license": "MIT",
  "summary": "Uploads to those who give most and tries others in turn; a seed goes round.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.choker/1", "name": "tit-for-tat", "scope": "torrent" } ],
  "requires": [ "shoal.host.random/1", "shoal.host.settings/1" ],
  "settings": {
    "slots": { "type": "int", "default": 4, "min": 1, "max": 1000, "unit": "peers",
               "scope": "torrent", "live": true,
               "help": "interested peers that may download at a time, the optimistic one included" },
    "optimistic_interval": { "type": "int", "default": 30, "min": 10, "max": 3600, "unit": "s",
                             "scope": "torrent", "live": true,
                             "help": "how long an optimistic unchoke lasts, and a turn when seeding" } },
  "sim_safe": true })json",
             shoal::choker<shoal::tit_for_tat::TitForTatChoker>("tit-for-tat"))
