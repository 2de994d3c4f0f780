// The lookup of an item (BEP 44), and what replaces it, which may depend on what was found.
#pragma once

#include "goal.hpp"
#include "item.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/unique_function.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace shoal::dht {

struct ItemSummary : LookupSummary {
    std::optional<Item> found{}; // the newest
    std::optional<Item> put{};
    std::size_t copies = 0;      // nodes that had the newest
};

class ItemGoal final : public Goal {
public:
    /// What to put, after the search; `found` is null when there was nothing. None: put nothing after all.
    using Compose = UniqueFunction<std::optional<Item>(const Item* found)>;
    using Ended = UniqueFunction<void(const ItemSummary&)>;

    struct Wish {
        NodeId target;
        Bytes salt{};
        Compose compose{};                 // empty: only get
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

    Wish wish_;
    const SignatureScheme& scheme_;
    Ended ended_;
    std::optional<Item> found_;
    std::map<Endpoint, std::int64_t> holders_; // who has it, in which version
    std::optional<Item> put_;
};

} // namespace shoal::dht
