#pragma once

#include <shoal/ids.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace shoal::queue {

enum class Place { top, up, down, bottom };  // up and down: by one

std::optional<Place> place_named(std::string_view name);

// The order in which torrents wait, and how people change it. Several moved at once keep their order among themselves; who is no
// member is passed over.
class Order {
public:
    Order() = default;
    // As it was kept, the first first; doubles count once.
    explicit Order(std::span<const TorrentHandle> members);

    // At the end. No-op for a member.
    void add(TorrentHandle torrent);
    void remove(TorrentHandle torrent);

    // By one place; those at the very end stay, and those next to them then do, too.
    void move_up(std::span<const TorrentHandle> torrents);
    void move_down(std::span<const TorrentHandle> torrents);
    void move_to_top(std::span<const TorrentHandle> torrents);
    void move_to_bottom(std::span<const TorrentHandle> torrents);
    void move(std::span<const TorrentHandle> torrents, Place place);

    std::span<const TorrentHandle> members() const { return members_; }
    std::size_t size() const { return members_.size(); }

private:
    std::vector<TorrentHandle> members_;
};

}  // namespace shoal::queue
