// A picker that has never anything to ask for.
#include <shoal/picker.hpp>

namespace {

class Idle final : public shoal::Picker {
public:
    explicit Idle(shoal::Host&) {}

    void pick(const shoal::SwarmView&, const shoal::PickRequest&, shoal::PickList&) override {}
};

} // namespace

SHOAL_PLUGIN(R"json({ "id": "org.example.picker.idle", "version": "1.0.0", "license": "MIT",
                      "summary": "For tests.", "abi": { "major": 1, "minor": 0 },
                      "provides": [ { "kind": "shoal.picker/1", "name": "idle", "scope": "torrent" } ],
                      "sim_safe": true })json",
             shoal::picker<Idle>("idle"))
