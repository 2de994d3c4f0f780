#include "torrent/tracker_words.hpp"

#include <catch2/catch.hpp>

using shoal::torrent::says_unregistered;

TEST_CASE("a tracker that does not know a torrent is understood, whatever its words", "[torrent][tracker]")
{
    const auto* said = GENERATE("Unregistered torrent", "unregistered torrent pass=1", "Torrent not registered with this tracker.", "torrent not found",
                                "Torrent is not found or it is awaiting moderation", "Unknown torrent", "InfoHash not found.",
                                "Requested download is not authorized for use with this tracker.", "Torrent has been deleted.");
    CAPTURE(said);
    CHECK(says_unregistered(said));
}

TEST_CASE("a tracker that complains of something else does not say that the torrent is unknown", "[torrent][tracker]")
{
    const auto* said = GENERATE("", "unregistered passkey", "User not registered", "Your client is not registered", "timed out", "404 Not Found",
                                "connection refused", "slots are full", "Torrent is paused");
    CAPTURE(said);
    CHECK_FALSE(says_unregistered(said));
}
