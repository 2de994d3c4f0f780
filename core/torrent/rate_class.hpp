#pragma once

#include "environment/subnet.hpp"
#include "torrent/rates.hpp"

#include <shoal/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shoal::torrent {

// Which addresses belong to a class of peers.
class PeerRule {
public:
    // "any", "local" (this machine and private networks), networks ("10.0.0.0/8") and addresses, several with commas between.
    // Errors: bad_input, with the part that is none of these.
    static Result<PeerRule> parse(std::string_view text);

    // An IPv4-mapped address is the IPv4 one.
    bool matches(const Address& address) const;
    const std::string& text() const { return text_; }

private:
    Result<void> add(std::string_view part);

    std::string text_;
    bool is_any_ = false;
    bool is_local_ = false;
    std::vector<environment::Subnet> subnets_;
};

// Peers that share a limit, over all torrents. A peer belongs to the first class whose rule it matches, or to none.
struct PeerClass {
    std::string name;
    PeerRule rule;
    Rates rates{};
    bool is_free = false;  // no limit holds for it, neither the process's nor a torrent's nor its own
};

// `lan` (local) and `strangers` (the others), both without a limit of their own.
std::vector<PeerClass> default_peer_classes();

}  // namespace shoal::torrent
