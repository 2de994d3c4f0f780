// Throws whenever it is asked.
#include <shoal/picker.hpp>

#include <stdexcept>

class Wrong : public shoal::Picker {
public:
    explicit Wrong(shoal::Host&) {}

    void pick([[maybe_unused]] const shoal::SwarmView& swarm, [[maybe_unused]] const shoal::PickRequest& request,
              [[maybe_unused]] shoal::PickList& picks) override
    {
        throw std::runtime_error("no picks today");
    }
};

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.test.picker.throwing", "version": "1.0.0", "license": "MIT", "summary": "Throws whenever it is asked.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.picker/1", "name": "throwing", "scope": "torrent" } ],
  "sim_safe": true })json",
             shoal::picker<Wrong>("throwing"))
