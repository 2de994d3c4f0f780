#include "client/torrent_rows.hpp"

#include <string>
#include <utility>

namespace shoal::client {

using control::Field;
using Type = control::Value::Type;

namespace {

Field always(std::string name, Type type, std::string help)
{
    return {.name = std::move(name), .type = type, .help = std::move(help), .is_required = true};
}

Field perhaps(std::string name, Type type, std::string help)
{
    return {.name = std::move(name), .type = type, .help = std::move(help)};
}

}  // namespace

const std::vector<Field>& torrent_rows()
{
    static const std::vector<Field> rows{
        always("torrent", Type::text, "its info-hash"),
        always("name", Type::text, "what it is called"),
        {.name = "state", .type = Type::text, .help = "what it is doing", .is_required = true,
         .choices = {"stopped", "waiting", "starting", "resolving", "checking", "downloading", "seeding", "stopping", "moving", "failed"}},
        always("size", Type::integer, "octets; 0 while its metadata is not known"),
        always("progress", Type::real, "how much of what is wanted is there, 0 to 1"),
        always("downloaded", Type::integer, "octets, in all its life"),
        always("uploaded", Type::integer, "octets, in all its life"),
        always("ratio", Type::real, "octets given for each that was had, as limits.ratio counts: what was here before counts as had"),
        always("folder", Type::text, "where its files are"),
        always("label", Type::text, "a word of its owner's; empty: none"),
        always("position", Type::integer, "orders the queue: the lowest is the first"),
        always("added_at", Type::integer, "when it came, in seconds since 1970"),
        always("finished_at", Type::integer, "when all that was wanted was there; 0: not yet"),
        always("seeding_time", Type::integer, "seconds that it has been seeding, in all its life"),
        perhaps("limits", Type::map, "what was set for it alone"),
        perhaps("limits.down", Type::integer, "octets a second"),
        perhaps("limits.up", Type::integer, "octets a second"),
        perhaps("limits.ratio", Type::real, "it stops when it gave so many times its size"),
        perhaps("limits.seed_time", Type::integer, "seconds of seeding after which it stops"),
        perhaps("limits.idle_time", Type::integer, "seconds without a taker after which it stops"),
        perhaps("pickers", Type::list, "those that were set for it alone"),
        perhaps("choker", Type::text, "the one that was set for it alone"),
        perhaps("meta", Type::map, "what people and scripts keep with it, by keys of their own"),
        perhaps("error", Type::text, "why it failed"),
        perhaps("stall", Type::text, "why nothing comes, while it runs"),
        perhaps("moving_to", Type::text, "the folder, while its files are moved"),
        perhaps("moved", Type::real, "how much of them is there, 0 to 1"),
        perhaps("wanted", Type::integer, "octets of the files that are not skipped; once that is known"),
        perhaps("done", Type::integer, "octets of them that are there; once that is known"),
        perhaps("down_rate", Type::integer, "octets a second, while it runs"),
        perhaps("up_rate", Type::integer, "octets a second, while it runs"),
        perhaps("eta", Type::integer, "seconds until all that is wanted is there, if it goes on like that; while something comes"),
        perhaps("peers", Type::integer, "connections, while it runs"),
        perhaps("seeds", Type::integer, "those of them that have everything, while it runs"),
        perhaps("private", Type::boolean, "peers come from its trackers only; once it is known"),
        perhaps("in_flight", Type::integer, "pieces on their way to the disk, while it is fetched"),
        perhaps("queued", Type::integer, "pieces that wait for the disk, while it is fetched"),
        perhaps("write_latency", Type::real, "seconds that a write takes, while it is fetched"),
        perhaps("is_back_pressured", Type::boolean, "the disk is behind, and less is asked for; while it is fetched"),
    };
    return rows;
}

const std::vector<Field>& file_rows()
{
    static const std::vector<Field> rows{
        always("index", Type::integer, "which of the torrent's files"),
        always("path", Type::text, "below the torrent's folder"),
        always("size", Type::integer, "octets"),
        always("done", Type::integer, "octets that are there and verified"),
        {.name = "priority", .type = Type::text, .help = "how much it is wanted", .is_required = true, .choices = {"skip", "low", "normal", "high"}},
    };
    return rows;
}

const std::vector<Field>& peer_rows()
{
    static const std::vector<Field> rows{
        always("address", Type::text, "where it is"),
        always("source", Type::text, "who named it to us"),
        always("client", Type::text, "what it calls itself"),
        always("progress", Type::real, "how much of the torrent it has, 0 to 1"),
        always("down_rate", Type::integer, "octets a second that it gives us"),
        always("up_rate", Type::integer, "octets a second that we give it"),
        always("downloaded", Type::integer, "octets that it gave us"),
        always("uploaded", Type::integer, "octets that we gave it"),
        always("interested", Type::boolean, "it wants something that we have"),
        always("choked", Type::boolean, "we give it nothing now"),
        always("choking_us", Type::boolean, "it gives us nothing now"),
        always("snubbed", Type::boolean, "it has not given what it was asked for"),
        perhaps("preferred_by", Type::list, "the extensions that want it to be preferred by pickers and chokers, such as kin; absent: none"),
    };
    return rows;
}

const std::vector<Field>& tracker_rows()
{
    static const std::vector<Field> rows{
        always("url", Type::text, "where it is"),
        always("tier", Type::integer, "those of a lower one are asked first"),
        always("working", Type::boolean, "it answered the last time"),
        always("message", Type::text, "what it said"),
        perhaps("seeds", Type::integer, "how many it knows"),
        perhaps("leechers", Type::integer, "how many it knows"),
    };
    return rows;
}

}  // namespace shoal::client
