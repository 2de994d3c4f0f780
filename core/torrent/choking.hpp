#pragma once

#include "environment/time.hpp"
#include "host/instance.hpp"

#include <shoal/abi/choker.h>
#include <shoal/ids.hpp>

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace shoal::torrent {

// Asks the choker whom to unchoke, and checks the answer. Without a choker, or after too many wrong answers, the default
// serves the peers that wait longest: every peer gets its turn, nobody is judged.
class Choking {
public:
    using OnReplaced = std::function<void(const std::string& choker, const std::string& why)>;

    explicit Choking(OnReplaced on_replaced) : on_replaced_(std::move(on_replaced)) {}

    void set_choker(std::unique_ptr<host::Instance> choker) { choker_ = std::move(choker); }
    std::string name() const { return choker_ ? choker_->name() : "default"; }
    environment::Duration interval() const;

    struct Question {
        std::span<const shoal_choker_peer> peers;  // in the order of their handles
        std::uint32_t slots;
        bool is_seeding;
        std::uint32_t trigger;  // SHOAL_CHOKER_TRIGGER_…
    };
    // The peers to be unchoked; all others are choked.
    std::set<PeerHandle> decide(const Question& question, environment::Time now);

private:
    std::vector<shoal_unchoke> ask(const Question& question, environment::Time now);
    static std::set<PeerHandle> by_default(const Question& question);

    OnReplaced on_replaced_;
    std::unique_ptr<host::Instance> choker_;
};

}  // namespace shoal::torrent
