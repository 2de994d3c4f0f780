#pragma once

#include "torrent/rate_queue.hpp"

#include <string_view>
#include <vector>

namespace shoal::torrent {

// The limits of a session: of the process and of classes of peers, both ways. Torrents bring their own. All may change at any time.
class RateLimits {
public:
    RateLimits(environment::Loop& loop, Rates rates, std::vector<PeerClass> classes);

    void set_rates(Rates rates);
    Rates rates() const { return {down_.rate(), up_.rate()}; }

    // Every peer is put into its class anew.
    void set_classes(std::vector<PeerClass> classes);
    // Errors: not_found.
    Result<void> set_class_rates(std::string_view name, Rates rates);
    const std::vector<PeerClass>& classes() const { return classes_; }

    RateQueue& down() { return down_; }
    RateQueue& up() { return up_; }

private:
    std::vector<PeerClass> classes_;
    RateQueue down_;
    RateQueue up_;
};

}  // namespace shoal::torrent
