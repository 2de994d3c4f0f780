// A picker that asks for the same block again and again.
#include <shoal/picker.hpp>

namespace {

class Repeats final : public shoal::Picker {
public:
    explicit Repeats(shoal::Host&) {}

    void pick(const shoal::SwarmView& swarm, const shoal::PickRequest& request,
              shoal::PickList& list) override
    {
        for (std::uint32_t piece = 0; piece < swarm.piece_count(); ++piece) {
            if (swarm.have().test(piece) || !request.peer_pieces().test(piece)) continue;
            while (list.room() > 0) list.add(piece, 0);
        }
    }
};

} // namespace

SHOAL_PLUGIN(R"json({ "id": "org.example.picker.repeats", "version": "1.0.0", "license": "MIT",
                      "summary": "For tests.", "abi": { "major": 1, "minor": 0 },
                      "provides": [ { "kind": "shoal.picker/1", "name": "repeats", "scope": "torrent" } ],
                      "sim_safe": true })json",
             shoal::picker<Repeats>("repeats"))
