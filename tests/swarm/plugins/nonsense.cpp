// Returns blocks that do not exist.
#include <shoal/picker.hpp>

#include <stdexcept>

class Wrong : public shoal::Picker {
public:
    explicit Wrong(shoal::Host&) {}

    void pick([[maybe_unused]] const shoal::SwarmView& swarm, [[maybe_unused]] const shoal::PickRequest& request,
              [[maybe_unused]] shoal::PickList& picks) override
    {
        while (picks.room() > 0) picks.add(swarm.piece_count() + picks.room(), 0xffffffffu, 0, 0);
    }
};

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.test.picker.nonsense", "version": "1.0.0", "license": "MIT", "summary": "Returns blocks that do not exist.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.picker/1", "name": "nonsense", "scope": "torrent" } ],
  "sim_safe": true })json",
             shoal::picker<Wrong>("nonsense"))
