#include "endgame.hpp"

#include <shoal/picker.hpp>

namespace shoal::endgame {
namespace {

class EndgamePicker : public Picker {
public:
    static constexpr std::uint32_t flags = SHOAL_PICKER_DUPLICATES;

    explicit EndgamePicker(Host& host) : policy_(RandomStream(host.random().next(), 0)) {}

    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        policy_.pick(swarm, request, list);
    }

private:
    Endgame policy_;
};

} // namespace
} // namespace shoal::endgame

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.picker.endgame", "version": "1.0.0", "license": "MIT",
  "summary": "When every block is asked for, asks a second peer for what is still owed.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.picker/1", "name": "endgame", "scope": "torrent" } ],
  "requires": [ "shoal.host.random/1" ],
  "sim_safe": true })json",
             shoal::picker<shoal::endgame::EndgamePicker>("endgame"))
