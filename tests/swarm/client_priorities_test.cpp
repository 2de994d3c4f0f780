#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

namespace {

constexpr int file_count = 100'000;

metainfo::TorrentFile many_files()
{
    std::string info = "d5:filesl";
    for (int i = 0; i < file_count; ++i) {
        const auto name = "f" + std::to_string(i);
        info += "d6:lengthi1e4:pathl" + std::to_string(name.size()) + ":" + name + "ee";
    }
    const int pieces = (file_count + 16'383) / 16'384;
    info += "e4:name4:many12:piece lengthi16384e6:pieces" + std::to_string(pieces * 20) + ":" + std::string(static_cast<std::size_t>(pieces) * 20, 'x') + "e";
    const auto text = "d4:info" + info + "e";
    const auto* octets = reinterpret_cast<const std::byte*>(text.data());
    auto parsed = metainfo::parse(Bytes(octets, octets + text.size()));
    REQUIRE(parsed);
    return std::move(*parsed);
}

}  // namespace

TEST_CASE("the priorities of 100,000 files are set at once", "[client]")
{
    ClientScene scene;
    const auto torrent = many_files();
    const auto source = scene.folder.write("many.torrent", as_text(metainfo::to_torrent(torrent)));
    REQUIRE(scene.call("torrents.add", Value::Map{}.set("source", source).set("stopped", true)));
    const auto of_it = Value::Map{}.set("torrent", torrent.info_hash.hex());
    const auto set = [&](Value::Map priorities) {
        return scene.call("torrents.set", Value::Map(of_it).set("changes", Value::Map{}.set("priorities", std::move(priorities))));
    };
    const auto begun = std::chrono::steady_clock::now();
    CHECK(set(Value::Map{}.set("*", "low").set("many/f7", "skip")));
    CHECK(std::chrono::steady_clock::now() - begun < 10s);  // file by file it took minutes
    const auto listed = scene.call("torrents.files", of_it);
    REQUIRE(listed);
    const auto priority = [&](std::size_t file) { return *(*listed->as_list())[file].as_map()->find("priority")->as_text(); };
    CHECK(priority(7) == "skip");
    CHECK(priority(8) == "low");
    CHECK(priority(file_count - 1) == "low");

    SECTION("globs that would keep everybody waiting are refused")
    {
        Value::Map globs;
        for (int i = 0; i < 100; ++i) globs.append("*" + std::to_string(i), "skip");
        const auto refused = set(std::move(globs));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::invalid_argument);
    }
    SECTION("thousands of paths are not")
    {
        Value::Map paths;
        for (int i = 0; i < 5000; ++i) paths.append("many/f" + std::to_string(i), "high");
        CHECK(set(std::move(paths)));
    }
}
