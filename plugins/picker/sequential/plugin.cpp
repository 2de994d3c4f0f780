#include "sequential.hpp"

#include <shoal/picker.hpp>

namespace shoal::sequential {
namespace {

class Sequential : public Picker {
public:
    static constexpr std::uint32_t events = SHOAL_EVENT_PRIORITY;

    explicit Sequential(Host&) {}

    void rank(const SwarmView& swarm, const Ranks& ranks) override { rank_in_order(swarm, ranks); }
};

} // namespace
} // namespace shoal::sequential

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.picker.sequential", "version": "1.0.0", "license": "MIT",
  "summary": "From the first piece to the last, a higher priority before a lower one.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.picker/1", "name": "sequential", "scope": "torrent" } ],
  "sim_safe": true })json",
             shoal::picker<shoal::sequential::Sequential>("sequential"))
