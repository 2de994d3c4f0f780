// A memo as it is kept: bencoded.
#pragma once

#include "memory.hpp"

#include <shoal/bencode.hpp>

namespace shoal::feed_rules {

void write_memo(bencode::Writer& writer, const Memo& memo);
/// What is missing is as if it were new.
[[nodiscard]] Memo read_memo(bencode::Node node);

} // namespace shoal::feed_rules
