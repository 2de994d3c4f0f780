#include "peer/message.hpp"

#include "wire_samples.hpp"

#include <catch2/catch.hpp>

namespace shoal::peer {

TEST_CASE("every message has its name of the specification", "[peer]")
{
    std::vector<std::string> names;
    for (const auto& message : testing::sample_messages()) names.emplace_back(message_name(message));
    CHECK(names
          == std::vector<std::string>{"keep-alive", "choke", "unchoke", "interested", "not interested",
                                      "have", "bitfield", "request", "cancel", "port", "suggest piece",
                                      "have all", "have none", "reject request", "allowed fast", "extended",
                                      "extended", "unknown", "bitfield"});
}

}  // namespace shoal::peer
