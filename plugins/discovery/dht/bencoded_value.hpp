// What items hold (bencode, BEP 44) as what methods carry (values), and back.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>
#include <shoal/value.hpp>

namespace shoal::dht {

/// Text and bytes become strings, truth an integer, the keys of maps ascend. Errors: invalid_argument, for nothing,
/// real numbers, and what is nested too deeply.
[[nodiscard]] Result<Bytes> to_bencode(const Value& value);

/// Strings become text where they are UTF-8, bytes otherwise; keys that are not UTF-8 are left out. `encoded` is one
/// bencoded value, or the answer is null.
[[nodiscard]] Value from_bencode(ByteView encoded);

} // namespace shoal::dht
