// What a node keeps between runs: its id, and nodes that answered. One of each family (BEP 32).
#pragma once

#include "contact.hpp"
#include "node_id.hpp"

#include <shoal/bytes.hpp>

#include <optional>
#include <vector>

namespace shoal::dht {

struct SavedNodes {
    std::optional<NodeId> id{};
    std::vector<Contact> nodes{};
};

[[nodiscard]] Bytes encode(const SavedNodes& saved, bool is_v6);

/// Whatever can be read of it: a file may be anything.
[[nodiscard]] SavedNodes read_saved_nodes(ByteView octets, bool is_v6);

} // namespace shoal::dht
