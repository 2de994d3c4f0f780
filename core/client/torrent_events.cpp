#include "client/torrent_events.hpp"

#include <string>
#include <utility>
#include <vector>

namespace shoal::client {

using control::Field;
using Type = control::Value::Type;

namespace {

template <class Declare>
void declare_traffic(const Declare& declare)
{
    declare("peer.traffic",
            "what a peer moved since this was last said of it: at most every 10 s, and when it goes; all together are what it moved",
            {{.name = "peer", .type = Type::integer, .help = "its number, as long as the torrent runs"},
             {.name = "peer_id", .type = Type::text, .help = "20 octets in hexadecimal, as it says"},
             {.name = "address", .type = Type::text, .help = "and port"},
             {.name = "client", .type = Type::text, .help = "the program, as it says"},
             {.name = "down", .type = Type::integer, .help = "octets of payload from it, verified or not"},
             {.name = "up", .type = Type::integer, .help = "octets of payload to it, as handed to the connection"},
             {.name = "total_down", .type = Type::integer, .help = "the same since it connected"},
             {.name = "total_up", .type = Type::integer, .help = "the same since it connected"},
             {.name = "connected", .type = Type::real, .help = "for how many seconds"},
             {.name = "last", .type = Type::boolean, .help = "it is gone"}});
}

template <class Declare>
void declare_finding(const Declare& declare)
{
    const Field url{.name = "url", .type = Type::text, .help = "the tracker's; it may contain a key that is only yours"};
    const Field failure{.name = "failure", .type = Type::text, .help = "what it said, or why it could not be asked"};
    const Field peers{.name = "peers", .type = Type::integer, .help = "how many it named"};
    const Field source{.name = "source", .type = Type::text, .help = "the discovery plug-in: dht, lsd"};
    declare("tracker.reply", "a tracker answered",
            {url, peers,
             {.name = "seeds", .type = Type::integer, .help = "how many have everything, if it says so"},
             {.name = "leechers", .type = Type::integer, .help = "how many have not, if it says so"},
             {.name = "warning", .type = Type::text, .help = "its own words, if it has a warning"}});
    declare("tracker.error", "a tracker failed, or refused",
            {url, failure, {.name = "unregistered", .type = Type::boolean, .help = "it says that it does not know the torrent, or not any more"}});
    declare("discovery.ended", "a search for peers came to its end", {source, peers});
    declare("discovery.error", "a search for peers failed", {source, peers, failure});
    declare("peer.banned", "it sent wrong pieces too often", {{.name = "address", .type = Type::text, .help = "whose connections are refused from now on"}});
    declare("plugin.replaced", "a plug-in broke, and another one does its work",
            {{.name = "kind", .type = Type::text, .help = "picker or choker"},
             {.name = "plugin", .type = Type::text, .help = "which"},
             {.name = "why", .type = Type::text, .help = "the reason, for people"}});
}

}  // namespace

void declare_torrent_events(control::Registry& registry)
{
    const auto declare = [&](std::string name, std::string help, std::vector<Field> more = {}) {
        std::vector<Field> fields{{.name = "torrent", .type = Type::text, .help = "its info-hash"},
                                  {.name = "name", .type = Type::text, .help = "what it is called"}};
        fields.insert(fields.end(), more.begin(), more.end());
        registry.declare({.name = std::move(name), .help = std::move(help), .fields = std::move(fields)});
    };
    const Field why{.name = "why", .type = Type::text, .help = "the reason, for people"};
    const Field octets{.name = "size", .type = Type::integer, .help = "octets"};
    declare("torrent.added", "somebody added it; not what was there at the start",
            {{.name = "source", .type = Type::map, .help = "kind (file, magnet, url, data) and, of a url, url: without its query, which may have a key that is only yours"}});
    declare("torrent.removed", "somebody removed it; the rest of the fields is that of torrents.show, as it was",
            {{.name = "data", .type = Type::boolean, .help = "its files are deleted, too"}});
    declare("torrent.metadata", "its metadata is known", {octets, {.name = "private", .type = Type::boolean, .help = "trackers only"}});
    declare("torrent.state", "it is in another state", {{.name = "state", .type = Type::text, .help = "its name"}, {.name = "from", .type = Type::text, .help = "the one before, of those that are told"}, why});
    declare("torrent.finished", "everything that is wanted is here, and was not before",
            {{.name = "took", .type = Type::integer, .help = "seconds since it was added; absent when it was finished before, and more was wanted"}});
    const Field seconds{.name = "seconds", .type = Type::integer, .help = "for so long it got nothing"};
    declare("torrent.stalled", "it wants more and gets nothing, for so long as `torrents.stalled_after` says; once, until something comes", {seconds, why});
    declare("torrent.recovered", "something came again, after it had stalled", {seconds});
    declare("torrent.ended", "it has given enough, and stops", {why, {.name = "limit", .type = Type::text, .help = "which: ratio, seed_time, idle_time"}});
    declare("torrent.error", "something failed",
            {{.name = "doing", .type = Type::text, .help = "what"}, why, {.name = "code", .type = Type::text, .help = "the same in a word, as errors have it: disk_full, io_error"}});
    declare("torrent.changed", "somebody changed what is its own", {{.name = "label", .type = Type::text, .help = "and the like: what changed"}});
    declare("torrent.moving", "its files are being moved", {{.name = "done", .type = Type::integer, .help = "octets so far"}, octets});
    declare("torrent.moved", "its files are in another folder", {{.name = "folder", .type = Type::text, .help = "which"}, {.name = "from", .type = Type::text, .help = "the one before"}});
    declare("torrent.renamed", "a file has another path; of a folder each file is told of",
            {{.name = "file", .type = Type::integer, .help = "its number"}, {.name = "path", .type = Type::text, .help = "below the folder"}});
    declare("file.finished", "a file is complete and has its name",
            {{.name = "file", .type = Type::integer, .help = "its number"}, {.name = "path", .type = Type::text, .help = "below the folder"}});
    declare("piece.verified", "a piece is here", {{.name = "piece", .type = Type::integer, .help = "its number"}});
    declare("piece.corrupt", "a piece came with wrong octets", {{.name = "piece", .type = Type::integer, .help = "its number"}});
    declare("torrent.lost", "pieces that were here are not on the disk any more", {{.name = "pieces", .type = Type::integer, .help = "how many"}});
    declare("torrent.removed-data", "its files are deleted");
    declare("disk.error", "the disk said no", {why});
    declare("disk.full", "there is no room on the disk: it fetches nothing until there is", {why});
    declare("torrent.resumed", "there is room on the disk again, and it goes on");
    registry.declare({.name = "session.clock_jumped",
                      .help = "the clock on the wall was put forward or back; what is counted goes on as before",
                      .fields = {{.name = "seconds", .type = Type::integer, .help = "by how much; negative: back"}}});
    declare_finding(declare);
    declare_traffic(declare);
}

}  // namespace shoal::client
