// Any bytes as a datagram of local discovery: no crash, and what is accepted means the same when it is written again.
#include "message.hpp"

#include <shoal/assert.hpp>
#include <shoal/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

using namespace shoal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto message = lsd::read(std::as_bytes(std::span(data, size)));
    if (!message) return 0;
    SHOAL_ASSERT(message->port != 0 && !message->info_hashes.empty());
    SHOAL_ASSERT(message->info_hashes.size() <= 28 && message->cookie.size() <= lsd::longest_cookie);
    const auto text = lsd::write(*message, lsd::group(false));
    if (text.size() > lsd::longest_taken) return 0;
    const auto again = lsd::read(as_bytes(text));
    SHOAL_ASSERT(again && again->port == message->port && again->info_hashes == message->info_hashes);
    return 0;
}
