#include "kin_choker.hpp"
#include "kin_extension.hpp"
#include "kin_picker.hpp"

#include <shoal/choker.hpp>
#include <shoal/picker.hpp>

namespace shoal::kin {
namespace {

class KinChoker : public Choker {
public:
    explicit KinChoker(Host& host) : settings_(host.settings()) {}

    void decide(const ChokerView& view, UnchokeList& list) override
    {
        policy_.decide(view, static_cast<std::uint32_t>(settings_.integer("slots")), list);
    }

private:
    shoal::Settings settings_;
    ChokingPolicy policy_;
};

class KinPicker : public Picker {
public:
    explicit KinPicker(Host& host) : policy_(RandomStream(host.random().next(), 0)) {}

    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        policy_.pick(swarm, request, list);
    }

private:
    PickingPolicy policy_;
};

} // namespace
} // namespace shoal::kin

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.extension.kin", "version": "1.0.0", "license": "MIT",
  "summary": "Knows its kin by a shared secret, and serves and asks them before strangers.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.extension/1", "name": "kin", "scope": "torrent" },
                { "kind": "shoal.choker/1", "name": "kin", "scope": "torrent" },
                { "kind": "shoal.picker/1", "name": "kin", "scope": "torrent" } ],
  "requires": [ "shoal.host.random/1", "shoal.host.settings/1", "shoal.host.torrent/1" ],
  "optional": [ "shoal.host.extension/1" ],
  "settings": {
    "secret": { "type": "text", "default": "", "scope": "session", "live": false,
                "help": "what the family knows and nobody else does: at least 16 octets, drawn at random" },
    "slots": { "type": "int", "default": 4, "min": 1, "max": 1000, "unit": "peers",
               "scope": "torrent", "live": true,
               "help": "interested peers that may download at a time, kin and strangers together" } },
  "sim_safe": true })json",
             shoal::extension<shoal::kin::KinExtension>("kin"), shoal::choker<shoal::kin::KinChoker>("kin"),
             shoal::picker<shoal::kin::KinPicker>("kin"))
