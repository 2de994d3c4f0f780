// Asks for the first block of every piece and forgets the others.
#include <shoal/picker.hpp>

namespace {

class HalfHearted final : public shoal::Picker {
public:
    explicit HalfHearted(shoal::Host&) {}

    void pick(const shoal::SwarmView& swarm, const shoal::PickRequest& request,
              shoal::PickList& list) override
    {
        for (std::uint32_t piece = 0; piece < swarm.piece_count() && list.room() > 0; ++piece) {
            if (swarm.is_openable(piece) && request.peer_pieces().test(piece)) list.add(piece, 0);
        }
    }
};

} // namespace

SHOAL_PLUGIN(R"json({ "id": "org.example.picker.half_hearted", "version": "1.0.0", "license": "MIT",
                      "summary": "For tests.", "abi": { "major": 1, "minor": 0 },
                      "provides": [ { "kind": "shoal.picker/1", "name": "half_hearted", "scope": "torrent" } ],
                      "sim_safe": true })json",
             shoal::picker<HalfHearted>("half_hearted"))
