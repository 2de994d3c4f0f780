#include "daemon/journal.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;

namespace {

struct Lines final : host::LogSink {
    bool wants(host::LogLevel level) const noexcept override { return level <= host::LogLevel::info; }
    void write(host::LogLevel level, std::string_view line) noexcept override
    {
        all.push_back(std::string(host::level_name(level)) + " " + std::string(line));
    }
    std::vector<std::string> all;
};

struct Desk {
    Desk() { journal.emplace(node.loop(), methods, host::Log(lines)); }

    void tell(std::string_view event, Value::Map payload) { methods.publish(event, payload); }
    void tell_torrent(std::string_view event, Value::Map more = {})
    {
        more.set("torrent", "0123456789abcdef0123456789abcdef01234567").set("name", "debian.iso");
        tell(event, std::move(more));
    }

    lab::World world;
    lab::Node& node = world.add_node();
    Lines lines;
    control::Registry methods;
    std::optional<daemon::Journal> journal;
};

using Said = std::vector<std::string>;

}  // namespace

TEST_CASE("what happened to a torrent is a line each", "[daemon][journal]")
{
    Desk desk;
    desk.tell_torrent("torrent.added");
    desk.tell_torrent("torrent.state", Value::Map{}.set("state", "checking"));
    desk.tell_torrent("torrent.state", Value::Map{}.set("state", "downloading"));
    desk.tell_torrent("torrent.finished");
    desk.tell_torrent("torrent.moved", Value::Map{}.set("folder", "/srv/linux"));
    desk.tell_torrent("torrent.ended", Value::Map{}.set("why", "it gave twice its size"));
    desk.tell_torrent("torrent.removed");
    desk.tell_torrent("piece.verified");
    CHECK(desk.lines.all
          == Said{"info debian.iso (0123456789): added", "info debian.iso (0123456789): downloading", "info debian.iso (0123456789): finished",
                  "info debian.iso (0123456789): moved to /srv/linux", "info debian.iso (0123456789): has given enough: it gave twice its size",
                  "info debian.iso (0123456789): removed"});
}

TEST_CASE("a disk that is low is a warning, and one that has room again a line", "[daemon][journal]")
{
    Desk desk;
    desk.tell("disk.low", Value::Map{}.set("folder", "/srv").set("free", 1 << 20));
    desk.tell("disk.enough", Value::Map{}.set("folder", "/srv").set("free", 1 << 30));
    CHECK(desk.lines.all == Said{"warning /srv: only 1.0 MiB free, less than folders.low_room says", "info /srv: 1.0 GiB free, which is enough"});
}

TEST_CASE("a setting that changed is told with who said so, and that of a plug-in without its value", "[daemon][journal]")
{
    Desk desk;
    const auto change = [](const char* name, Value value, bool is_waiting) {
        return Value::Map{}.set("name", name).set("value", std::move(value)).set("origin", "set at run time").set("is_waiting", is_waiting);
    };
    desk.tell("settings.changed", change("rates.down", 1024, false));
    desk.tell("settings.changed", change("plugins.kin.secret", "what nobody knows", true));
    desk.tell("rates.alternative", Value::Map{}.set("on", true));
    desk.tell("rates.alternative", Value::Map{}.set("on", false));
    CHECK(desk.lines.all
          == Said{"info setting rates.down = 1024 (set at run time)", "info setting plugins.kin.secret (set at run time), from the next start on",
                  "info the alternative limits hold", "info the usual limits hold again"});
}

TEST_CASE("of a crowd some are told and the others counted", "[daemon][journal]")
{
    Desk desk;
    for (int i = 0; i < 10'000; ++i) desk.tell_torrent("torrent.state", Value::Map{}.set("state", "seeding"));
    desk.tell_torrent("torrent.added");
    CHECK(desk.lines.all.size() == daemon::Journal::most_lines + 1);
    desk.world.run_for(61s);
    CHECK(desk.lines.all.back() == "info torrents: seeding: 9980 more within a minute");
    desk.tell_torrent("torrent.state", Value::Map{}.set("state", "seeding"));
    CHECK(desk.lines.all.back() == "info debian.iso (0123456789): seeding");
}

TEST_CASE("what was not counted yet is said at the end, and nothing after it", "[daemon][journal]")
{
    Desk desk;
    for (int i = 0; i < 21; ++i) desk.tell_torrent("torrent.removed");
    desk.journal.reset();
    CHECK(desk.lines.all.back() == "info torrents: removed: 1 more within a minute");
    const auto said = desk.lines.all.size();
    desk.tell_torrent("torrent.added");
    CHECK(desk.lines.all.size() == said);
}
