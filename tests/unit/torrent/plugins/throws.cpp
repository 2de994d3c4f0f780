// A picker that throws what its author did not think of.
#include <shoal/picker.hpp>

#include <stdexcept>

namespace {

class Throws final : public shoal::Picker {
public:
    explicit Throws(shoal::Host&) {}

    void pick(const shoal::SwarmView&, const shoal::PickRequest&, shoal::PickList& list) override
    {
        list.add(0, 0);
        throw std::out_of_range("no such piece");
    }
};

} // namespace

SHOAL_PLUGIN(R"json({ "id": "org.example.picker.throws", "version": "1.0.0", "license": "MIT",
                      "summary": "For tests.", "abi": { "major": 1, "minor": 0 },
                      "provides": [ { "kind": "shoal.picker/1", "name": "throws", "scope": "torrent" } ],
                      "sim_safe": true })json",
             shoal::picker<Throws>("throws"))
