#include "daemon/daemon_settings.hpp"

#include "client/client.hpp"
#include "control/quantity.hpp"
#include "daemon/peer_classes.hpp"
#include "queue/timetable.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <sys/un.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <filesystem>
#include <string_view>

// The list of all settings of a daemon, by what they are about. What is live is read again when it changes.
namespace shoal::daemon {

namespace {

using control::SettingSchema;
using control::Value;

constexpr const char* octets = "octets";
constexpr const char* rate = "octets a second";
constexpr const char* seconds = "seconds";
constexpr double most_of_octets = 9e18;
constexpr std::size_t longest_path = PATH_MAX;

Value names(std::initializer_list<const char*> all)
{
    return Value(Value::List(all.begin(), all.end()));
}

Result<void> check_path(std::string_view text)
{
    if (std::filesystem::path(text).is_absolute()) return {};
    return make_error(Errc::invalid_argument,
                      fmt::format("'{}' is no absolute path; write one that begins with /", printable(text, 60)));
}

Result<void> check_listen(std::string_view text)
{
    const auto endpoint = control::parse_listen(text);
    if (!endpoint) return make_error(Errc::invalid_argument, endpoint.error().text + "; write ADDR:PORT, [ADDR]:PORT or a port");
    return {};
}

Result<void> check_name(std::string_view text)
{
    if (!text.empty()) return {};
    return make_error(Errc::invalid_argument, "write the name of a plug-in; `shoal plugin list` has them");
}

Result<void> check_times(std::string_view text)
{
    const auto timetable = queue::Timetable::parse(text);
    if (timetable && !text.empty()) return {};
    if (timetable) return make_error(Errc::invalid_argument, "nothing is no time; write something like mon-fri 22:00-06:00");
    return make_error(Errc::invalid_argument, timetable.error().text + "; write something like mon-fri 22:00-06:00");
}

Result<void> check_peer_class(std::string_view text)
{
    const auto peers = parse_peer_class(text);
    return peers ? Result<void>{} : peers.error();
}

Result<void> check_socket(std::string_view text)
{
    if (text.size() >= sizeof(sockaddr_un::sun_path)) {
        return make_error(Errc::invalid_argument,
                          fmt::format("a path of {} octets is too long for a socket, which has at most {}", text.size(), sizeof(sockaddr_un::sun_path) - 1));
    }
    return {};
}

void declare_folders(control::Settings& settings, const Folders& folders)
{
    settings.declare({.name = "folders.download", .fallback = folders.download, .help = "where torrents that are added keep their data",
                      .is_live = true, .check = check_path});
    settings.declare({.name = "folders.state", .fallback = folders.state, .help = "what outlives the process", .check = check_path});
    settings.declare({.name = "folders.scripts", .fallback = folders.scripts, .help = "whose *.lua files are run, and run anew when they change",
                      .check = check_path});
    settings.declare({.name = "folders.low_room", .fallback = std::int64_t{1} << 30,
                      .help = "a disk in use with less room is told as disk.low; 0: none is", .is_live = true, .least = 0, .most = 1e18,
                      .unit = octets});
    settings.declare({.name = "socket", .fallback = folders.socket, .help = "unix socket that `shoal ctl` talks to, for our user alone",
                      .check = check_path});
    settings.check_also("socket", check_socket);  // of what is said, not of our own guess
    settings.declare({.name = "log.level", .fallback = "info", .help = "how much is said", .is_live = true,
                      .choices = {"error", "warning", "info", "debug"}});
}

void declare_rates(control::Settings& settings)
{
    const auto limit = [&](const char* name, const char* help) {
        settings.declare({.name = name, .fallback = 0, .help = help, .is_live = true, .least = 0, .most = most_of_octets, .unit = rate});
    };
    limit("rates.down", "most that comes in, over all torrents; 0: no limit");
    limit("rates.up", "most that goes out, over all torrents; 0: no limit");
    limit("rates.alternative_down", "the same while the alternative limits hold");
    limit("rates.alternative_up", "the same while the alternative limits hold");
    settings.declare({.name = "rates.alternative", .fallback = "timetable",
                      .help = "the alternative limits hold when the timetable says so, always (on) or never (off)", .is_live = true,
                      .choices = {"timetable", "on", "off"}});
    settings.declare({.name = "rates.alternative_times", .fallback = Value::List{},
                      .help = "the timetable of the alternative limits, in local time: \"mon-fri 08:30-17:00\"; none: never", .is_live = true,
                      .check = check_times});
    settings.declare({.name = "rates.classes", .fallback = Value::List{},
                      .help = "limits for some peers, over all torrents: \"10.0.0.0/8 down=1M up=512k\", \"local free\"; the first that matches",
                      .is_live = true, .check = check_peer_class});
}

void declare_queue(control::Settings& settings)
{
    const auto limit = [&](const char* name, const char* help) {
        settings.declare({.name = name, .fallback = 0, .help = help, .is_live = true, .least = 0, .most = 1e6, .unit = "torrents"});
    };
    limit("queue.active", "most that run at once, downloads before seeds; 0: no limit");
    limit("queue.downloads", "most that download at once; 0: no limit");
    limit("queue.seeds", "most that seed at once; 0: no limit");
    settings.declare({.name = "queue.seed_turn", .fallback = 1800,
                      .help = "a seed that nobody took anything from for so long gives its place to one that waits; 0: never", .is_live = true,
                      .least = 0, .most = 4e9, .unit = seconds});
    settings.declare({.name = "limits.ratio", .fallback = 0.0, .help = "a torrent stops when it gave so many times its size; 0: never",
                      .is_live = true, .least = 0, .most = 1e6});
    settings.declare({.name = "limits.seed_time", .fallback = 0, .help = "a torrent stops after so much seeding; 0: never",
                      .is_live = true, .least = 0, .most = 4e9, .unit = seconds});
    settings.declare({.name = "limits.idle_time", .fallback = 0,
                      .help = "a torrent that seeds stops when nobody took anything for so long; 0: never", .is_live = true, .least = 0,
                      .most = 4e9, .unit = seconds});
    settings.declare({.name = "torrents.stalled_after", .fallback = std::int64_t{client::Defaults{}.stalled_after.count()},
                      .help = "a download that gets nothing for so long is told as torrent.stalled; 0: none is", .is_live = true, .least = 0,
                      .most = 4e9, .unit = seconds});
}

void declare_peers(control::Settings& settings)
{
    const torrent::SwarmSettings swarm;
    const session::Doorway::Settings doorway;
    const auto count = [&](const char* name, std::size_t fallback, const char* help) {
        settings.declare({.name = name, .fallback = static_cast<std::int64_t>(fallback), .help = help, .least = 1, .most = 1e6});
    };
    const auto time = [&](const char* name, environment::Duration fallback, const char* help) {
        const auto whole = std::chrono::duration_cast<std::chrono::seconds>(fallback).count();
        settings.declare({.name = name, .fallback = whole, .help = help, .least = 1, .most = 3600, .unit = seconds});
    };
    settings.declare({.name = "listen", .fallback = Value::List{},
                      .help = "addresses to take connections on; none: any free port of all addresses", .check = check_listen});
    settings.declare({.name = "peers.incoming", .fallback = true, .help = "take connections at all"});
    count("peers.per_torrent", swarm.most_peers, "most connections of a torrent");
    count("peers.per_address", swarm.most_peers_per_address, "most of them with one address, or one IPv6 /64");
    count("peers.connecting", swarm.most_connecting, "most that a torrent calls at once");
    count("peers.upload_slots", swarm.upload_slots, "most peers of a torrent that the choker may give to at once");
    count("peers.half_open", doorway.most_half_open, "most strangers that have not said what they want");
    time("peers.connect_timeout", swarm.connect_timeout, "how long a peer may take to answer a call");
    time("peers.handshake_timeout", swarm.handshake_timeout, "how long a peer may take to say what it wants");
    settings.declare({.name = "peers.privileged_ports", .fallback = swarm.calls_privileged_ports,
                      .help = "call ports below 1024 that strangers name: mail and web servers answer there"});
}

void declare_choices(control::Settings& settings)
{
    const session::AddOptions add;
    const session::SessionSettings session;
    settings.declare({.name = "memory.ceiling", .fallback = static_cast<std::int64_t>(session.memory_ceiling),
                      .help = "ceiling for pieces in flight, over all torrents", .least = 1 << 20, .most = most_of_octets, .unit = octets});
    settings.declare({.name = "storage", .fallback = add.storage, .help = "plug-in that keeps the data of torrents that are added",
                      .is_live = true, .check = check_name});
    settings.declare({.name = "pickers", .fallback = Value(Value::List(add.pickers.begin(), add.pickers.end())),
                      .help = "plug-ins that choose what to ask for in torrents that are added, asked in this order", .is_live = true,
                      .check = check_name});
    settings.declare({.name = "choker", .fallback = add.choker,
                      .help = "plug-in that decides who may download from us in torrents that are added", .is_live = true,
                      .check = check_name});
    settings.declare({.name = "discoveries", .fallback = names({"dht", "lsd"}),
                      .help = "plug-ins that find peers without a tracker; of the default what is not there is done without",
                      .check = check_name});
    settings.declare({.name = "extensions", .fallback = names({"metadata", "pex", "donthave", "holepunch"}),
                      .help = "plug-ins that speak to peers beyond the protocol's core; the same", .check = check_name});
    settings.declare({.name = "services", .fallback = names({"lua", "rss", "rules"}),
                      .help = "plug-ins that run beside the torrents, such as those that run scripts and read feeds; the same", .check = check_name});
    settings.declare({.name = "sources", .fallback = names({"magnet", "http", "file"}),
                      .help = "plug-ins that read what somebody names a torrent by, of equally sure ones the first; the same",
                      .check = check_name});
}

}  // namespace

Result<void> check_folders(const Folders& folders)
{
    for (const auto* folder : {&folders.download, &folders.state, &folders.scripts, &folders.socket}) {
        const bool is_plain = is_valid_utf8(*folder) && std::ranges::none_of(*folder, [](unsigned char c) { return c < ' ' || c == 0x7f; });
        if (!is_plain) {
            return make_error(Errc::invalid_argument, fmt::format("'{}' is no path for Shoal: it has to be UTF-8 on one line", printable(*folder, 200)));
        }
        if (folder->size() > longest_path) {
            return make_error(Errc::invalid_argument, fmt::format("'{}' has {} octets, and a path at most {}", printable(*folder, 60), folder->size(),
                                                                  longest_path));
        }
        if (const auto absolute = check_path(*folder); !absolute) return absolute;
    }
    return {};
}

void declare_settings(control::Settings& settings, const Folders& folders)
{
    declare_folders(settings, folders);
    declare_rates(settings);
    declare_queue(settings);
    declare_peers(settings);
    declare_choices(settings);
}

}  // namespace shoal::daemon
