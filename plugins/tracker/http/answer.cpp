#include "answer.hpp"

#include <shoal/bencode.hpp>
#include <shoal/host_name.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <map>

namespace shoal::http_tracker {
namespace {

using bencode::Node;

// An answer is a dict of lists of dicts, or of dicts of dicts.
constexpr bencode::Limits limits{.depth = 16, .tokens = 600'000};

std::optional<std::uint32_t> count(const std::optional<std::int64_t>& number)
{
    if (!number || *number < 0) return std::nullopt;
    // UINT32_MAX itself is SHOAL_UNKNOWN.
    return static_cast<std::uint32_t>(std::min<std::int64_t>(*number, UINT32_MAX - 1));
}

std::optional<std::uint16_t> port_of(const Node& peer)
{
    const auto port = peer.find_int("port");
    if (!port || *port < 1 || *port > UINT16_MAX) return std::nullopt;
    return static_cast<std::uint16_t>(*port);
}

void warn(AnnounceAnswer& answer, std::string_view what)
{
    if (!answer.warning.empty()) answer.warning += "; ";
    answer.warning += what;
}

Endpoint endpoint_at(ByteView compact)
{
    const auto address_size = compact.size() - 2;
    Endpoint peer{.address = {.bytes = {}, .v6 = compact.size() == Endpoint::compact6_size},
                  .port = load_be<std::uint16_t>(compact.data() + address_size)};
    std::ranges::copy(compact.first(address_size), peer.address.bytes.begin());
    return peer;
}

void read_compact(AnnounceAnswer& answer, ByteView peers, std::size_t size)
{
    if (peers.size() % size != 0) {
        warn(answer, "the list of peers has " + std::to_string(peers.size() % size)
                         + " bytes too many, which were ignored");
    }
    while (peers.size() >= size && !answer.peers.is_full()) {
        answer.peers.add(endpoint_at(peers.first(size)));
        peers = peers.subspan(size);
    }
}

void read_plain(AnnounceAnswer& answer, const Node& peers)
{
    for (const auto peer : peers.items()) {
        if (answer.peers.is_full()) return;
        const auto where = peer.find_string("ip");
        const auto port = port_of(peer);
        if (!where || !port) continue;
        if (const auto address = Address::parse(*where)) {
            answer.peers.add({*address, *port});
        } else if (answer.names.size() < most_names && is_host_name(*where)) {
            answer.names.push_back({std::string(*where), *port});
        }
    }
}

void read_peers(AnnounceAnswer& answer, const Node& root)
{
    const auto peers = root.find("peers");
    if (peers && peers->is_string()) read_compact(answer, *peers->bytes(), Endpoint::compact4_size);
    if (peers && peers->is_list()) read_plain(answer, *peers);
    if (peers && !peers->is_string() && !peers->is_list()) warn(answer, "the list of peers cannot be read");
    if (const auto peers6 = root.find_bytes("peers6")) {
        read_compact(answer, *peers6, Endpoint::compact6_size);
    }
}

std::optional<Address> read_address(std::optional<ByteView> octets)
{
    if (!octets || (octets->size() != 4 && octets->size() != 16)) return std::nullopt;
    Address address{.bytes = {}, .v6 = octets->size() == 16};
    std::ranges::copy(*octets, address.bytes.begin());
    return address.unmapped();
}

/// A dict that is no refusal.
Result<bencode::Document> parse(ByteView body)
{
    auto document = bencode::Document::parse_prefix(body, limits);
    if (!document) return document;
    const auto root = document->root();
    if (!root.is_dict()) return make_error(Errc::bad_input, "bencode, but not a dict");
    const auto failure = root.find("failure reason");
    if (!failure) return document;
    const auto reason = showable(failure->string().value_or(std::string_view{}));
    return make_error(Errc::refused, reason.empty() ? "refused without a reason" : reason);
}

} // namespace

std::string showable(std::string_view text) { return printable(text, longest_text); }

Result<AnnounceAnswer> parse_announce_answer(ByteView body)
{
    const auto document = parse(body);
    if (!document) return document.error();
    const auto root = document->root();
    AnnounceAnswer answer{.interval_s = count(root.find_int("interval")),
                          .min_interval_s = count(root.find_int("min interval")),
                          .complete = count(root.find_int("complete")),
                          .incomplete = count(root.find_int("incomplete"))};
    if (const auto id = root.find_bytes("tracker id"); id && id->size() <= longest_tracker_id) {
        answer.tracker_id.assign(id->begin(), id->end());
    }
    if (const auto warning = root.find_string("warning message")) answer.warning = showable(*warning);
    answer.external = read_address(root.find_bytes("external ip"));
    read_peers(answer, root);
    return answer;
}

Result<std::vector<ScrapeEntry>> parse_scrape_answer(ByteView body, std::span<const Hash20> asked)
{
    const auto document = parse(body);
    if (!document) return document.error();
    const auto files = document->root().find_dict("files");
    if (!files) return make_error(Errc::bad_input, "no dict of files in it");

    const std::set<Hash20> wanted(asked.begin(), asked.end());
    std::map<Hash20, ScrapeEntry> known;
    for (const auto [key, value] : files->entries()) {
        const auto hash = Hash20::from(as_bytes(key));
        if (!hash || !value.is_dict() || !wanted.contains(*hash)) continue;
        known[*hash] = {.info_hash = *hash,
                        .complete = count(value.find_int("complete")).value_or(0),
                        .downloaded = count(value.find_int("downloaded")).value_or(0),
                        .incomplete = count(value.find_int("incomplete")).value_or(0)};
    }
    std::vector<ScrapeEntry> entries;
    for (const auto& hash : asked) {
        if (const auto found = known.extract(hash)) entries.push_back(found.mapped());
    }
    return entries;
}

} // namespace shoal::http_tracker
