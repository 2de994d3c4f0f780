#pragma once

#include "answer.hpp"

#include <catch2/catch.hpp>

#include <string_view>
#include <utility>

namespace shoal::http_tracker {

// What the tracker said; that it can be read is not in question.
inline AnnounceAnswer parsed(std::string_view body)
{
    auto answer = parse_announce_answer(as_bytes(body));
    if (!answer) FAIL(answer.error().text);
    return std::move(*answer);
}

inline Hash20 hash_of(char octet)
{
    Hash20 hash;
    hash.bytes.fill(static_cast<std::byte>(octet));
    return hash;
}

}  // namespace shoal::http_tracker
