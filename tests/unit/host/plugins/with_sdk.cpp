// A choker on the C++ layer: what its author throws arrives as a status and a text.
#include <shoal/choker.hpp>

#include <stdexcept>

namespace {

class WithSdk final : public shoal::Choker {
public:
    explicit WithSdk(shoal::Host&) {}

    void decide(const shoal::ChokerView&, shoal::UnchokeList&) override
    {
        throw std::runtime_error("thought too hard");
    }
};

}  // namespace

SHOAL_PLUGIN(R"json({ "id": "org.example.choker.with-sdk", "version": "1.0.0", "license": "MIT",
                      "summary": "Throws.", "abi": { "major": 1, "minor": 0 },
                      "provides": [ { "kind": "shoal.choker/1", "name": "with-sdk",
                                      "scope": "torrent" } ] })json",
             shoal::choker<WithSdk>("with-sdk"))
