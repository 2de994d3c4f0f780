// Which items a feed has listed before. It outlives the process, and does not mind in what order a feed lists them, nor that an item
// is away for a while.
#pragma once

#include "item.hpp"

#include <shoal/bytes.hpp>

#include <cstdint>
#include <unordered_set>
#include <vector>

namespace shoal::rss {

class SeenItems {
public:
    static constexpr std::size_t least_kept = 2'000;
    static constexpr std::size_t most_kept = 40'000;

    /// Learns them all, and says which were new, by their place in the list; of two with one identity the first.
    std::vector<std::size_t> learn(const std::vector<Item>& items);

    /// Those of a list that are older than `newest`, or of no date; of too many the first.
    static SeenItems older(const std::vector<Item>& items, std::int64_t newest);
    /// Says of each item of a list whether it is one of these.
    void mark_backlog(std::vector<Item>& items) const;

    [[nodiscard]] std::size_t count() const { return order_.size(); }

    [[nodiscard]] Bytes encode() const;
    /// Of what encode() gave; anything else is read as far as it goes.
    static SeenItems decode(ByteView octets);

private:
    void forget_oldest(std::size_t listed);

    std::vector<std::uint64_t> order_; // what was listed last is last
    std::unordered_set<std::uint64_t> known_;
};

} // namespace shoal::rss
