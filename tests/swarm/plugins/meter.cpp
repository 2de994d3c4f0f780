// Adds up what all peers of a torrent moved, and says so each time it hears of it.
#include <shoal/extension.hpp>

#include <shoal/services.hpp>

class Meter : public shoal::Extension {
public:
    static constexpr std::string_view message = "sh_meter";
    static constexpr std::uint32_t flags = 0;

    explicit Meter(shoal::Host& host) : events_(host.events()) {}

    void on_peer(const shoal::PeerView&) override {}
    void on_message(shoal::PeerHandle, shoal::ByteView) override {}
    void on_traffic(const shoal::PeerTraffic& traffic) override
    {
        down_ += traffic.down;
        up_ += traffic.up;
        static_cast<void>(events_.publish("metered", {shoal::field("down", down_), shoal::field("up", up_)}));
    }

private:
    shoal::Events events_;
    std::uint64_t down_ = 0;
    std::uint64_t up_ = 0;
};

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.test.extension.meter", "version": "1.0.0", "license": "MIT", "summary": "Adds up what peers moved.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.extension/1", "name": "meter", "scope": "torrent" } ],
  "requires": [ "shoal.host.events/1" ],
  "sim_safe": true })json",
             shoal::extension<Meter>("meter"))
