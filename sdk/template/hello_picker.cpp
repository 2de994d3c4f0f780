// Hello, picker: the rarest pieces first, in one line of logic. Change rank() and see what the swarm makes of it.
#include <shoal/picker.hpp>

class HelloPicker : public shoal::Picker {
public:
    // The host ranks again when one of these changes.
    static constexpr std::uint32_t events = SHOAL_EVENT_AVAILABILITY;

    explicit HelloPicker(shoal::Host& host) { host.log(shoal::LogLevel::info, "hello"); }

    void rank(const shoal::SwarmView& swarm, const shoal::Ranks& ranks) override
    {
        for (std::uint32_t piece = 0; piece < swarm.piece_count(); ++piece) {
            ranks.set(piece, -swarm.availability()[piece]); // higher is sooner
        }
    }
};

SHOAL_PLUGIN(R"json({
  "id": "org.example.picker.hello", "version": "1.0.0", "license": "MIT",
  "summary": "The rarest pieces first, in one line.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.picker/1", "name": "hello", "scope": "torrent" } ],
  "sim_safe": true })json",
             shoal::picker<HelloPicker>("hello"))
