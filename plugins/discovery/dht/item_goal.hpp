// The lookup of an item (BEP 44), and what replaces it.
#pragma once

#include "goal.hpp"
#include "item.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/unique_function.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace shoal::dht {

struct ItemSummary : LookupSummary {
    std::optional<Item> found{}; // the newest
    std::shared_ptr<const Item> put{}; // what was left with the closest nodes
    std::size_t copies = 0;      // nodes that had the newest
};

class ItemGoal final : public Goal {
public:
    using Ended = UniqueFunction<void(const ItemSummary&)>;

    struct Wish {
        NodeId target;
        Bytes salt{};
        std::shared_ptr<const Item> put{}; // none: only get
        std::optional<std::int64_t> cas{}; // put only over this seq
    };

    ItemGoal(Wish wish, const SignatureScheme& scheme, Ended ended)
        : wish_(std::move(wish)), scheme_(scheme), ended_(std::move(ended))
    {
    }

    void fill(Query& query) const override;
    void on_reply(const Endpoint& from, const Reply& reply) override;
    [[nodiscard]] bool stores() override;
    void fill_store(const Endpoint& to, Query& query) const override;
    void on_ended(const LookupSummary& summary) override;

private:
    [[nodiscard]] bool is_newer(const Item& item) const;
    [[nodiscard]] FailureCode objection() const;

    Wish wish_;
    const SignatureScheme& scheme_;
    Ended ended_;
    std::optional<Item> found_;
    FailureCode objection_{0}; // why nothing was put after all
    std::map<Endpoint, std::int64_t> holders_; // who has it, in which version
};

} // namespace shoal::dht
