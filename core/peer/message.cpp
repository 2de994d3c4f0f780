#include "peer/message.hpp"

#include <array>

namespace shoal::peer {

std::string_view message_name(const Message& message)
{
    // In the order of the variant; the names are those of BEP 3, 5, 6 and 10.
    static constexpr std::array<std::string_view, std::variant_size_v<Message>> names = {
        "keep-alive", "choke",          "unchoke",      "interested", "not interested", "have",
        "bitfield",   "request",        "cancel",       "port",       "suggest piece",  "have all",
        "have none",  "reject request", "allowed fast", "extended",   "unknown"};
    return names[message.index()];
}

}  // namespace shoal::peer
