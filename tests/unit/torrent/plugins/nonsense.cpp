// A picker whose every answer is wrong.
#include <shoal/picker.hpp>

namespace {

class Nonsense final : public shoal::Picker {
public:
    explicit Nonsense(shoal::Host&) {}

    void pick(const shoal::SwarmView&, const shoal::PickRequest&, shoal::PickList& list) override
    {
        for (std::uint32_t i = 0; list.room() > 0; ++i) list.add(UINT32_MAX - i, i * 7919);
    }
};

} // namespace

SHOAL_PLUGIN(R"json({ "id": "org.example.picker.nonsense", "version": "1.0.0", "license": "MIT",
                      "summary": "For tests.", "abi": { "major": 1, "minor": 0 },
                      "provides": [ { "kind": "shoal.picker/1", "name": "nonsense", "scope": "torrent" } ],
                      "sim_safe": true })json",
             shoal::picker<Nonsense>("nonsense"))
