// Never returns anything.
#include <shoal/picker.hpp>

#include <stdexcept>

class Wrong : public shoal::Picker {
public:
    explicit Wrong(shoal::Host&) {}

    void pick([[maybe_unused]] const shoal::SwarmView& swarm, [[maybe_unused]] const shoal::PickRequest& request,
              [[maybe_unused]] shoal::PickList& picks) override
    {
        // Not a single pick: that is the point.
    }
};

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.test.picker.idle", "version": "1.0.0", "license": "MIT", "summary": "Never returns anything.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.picker/1", "name": "idle", "scope": "torrent" } ],
  "sim_safe": true })json",
             shoal::picker<Wrong>("idle"))
