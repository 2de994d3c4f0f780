// Metadata of one claimed size, as far as it has arrived: which block is to be asked for next, who gave which. Memory is taken for
// what has arrived, never for what is claimed.
#pragma once

#include "metadata_message.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace shoal::metadata_exchange {

class Draft {
public:
    struct Giver {
        PeerHandle peer;
        Address address;

        friend auto operator<=>(const Giver&, const Giver&) = default;
    };

    /// `size` > 0.
    explicit Draft(std::uint32_t size) noexcept : size_(size) {}

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] std::uint32_t block_count() const noexcept { return blocks_of(size_); }
    /// Of a block that there is.
    [[nodiscard]] std::uint32_t length(std::uint32_t block) const noexcept;

    /// The first block that has not arrived and that nobody is asked for; it counts as asked for from then on.
    [[nodiscard]] std::optional<std::uint32_t> take_next();
    /// Who was asked for it will not give it.
    void give_back(std::uint32_t block);
    /// `octets` are as many as length() says. The first answer stays.
    void put(std::uint32_t block, ByteView octets, const Giver& giver);
    /// As new.
    void clear();

    [[nodiscard]] bool is_empty() const noexcept { return given_.empty(); }
    [[nodiscard]] bool is_complete() const noexcept { return given_.size() == block_count(); }
    [[nodiscard]] Bytes joined() const;
    [[nodiscard]] std::set<Giver> givers() const;

private:
    struct Given {
        Bytes octets;
        Giver giver;
    };

    std::uint32_t size_;
    std::uint32_t next_ = 0;           // nobody was ever asked for it, or for those after it
    std::set<std::uint32_t> returned_; // below next_, to be asked for again
    std::map<std::uint32_t, Given> given_;
};

} // namespace shoal::metadata_exchange
