// As many items as one answer may carry.
#pragma once

#include "item.hpp"

#include <shoal/value.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace shoal::rss {

class ItemPage {
public:
    /// `skip` and `limit` in items.
    ItemPage(std::size_t skip, std::size_t limit) : skip_(skip), limit_(limit) {}

    /// False: it is full, and neither this item nor any after it is in it.
    bool add(const Item& item, const std::string& feed);

    [[nodiscard]] Value::List take() { return std::move(items_); }
    [[nodiscard]] std::size_t next() const { return at_; }

private:
    std::size_t skip_;
    std::size_t limit_;
    std::size_t at_ = 0;
    std::size_t parts_ = 0;
    std::size_t octets_ = 0;
    Value::List items_;
};

} // namespace shoal::rss
