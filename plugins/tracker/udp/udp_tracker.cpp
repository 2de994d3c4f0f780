#include "udp_tracker.hpp"

#include "answer.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace shoal::udp_tracker {
namespace {

bool is_useless(const Address& address)
{
    const auto plain = address.unmapped();
    return plain.is_multicast() || plain == Address::from_v4(0xffffffff);
}

Result<TrackerUrl> parse_url(std::string_view text)
{
    auto url = TrackerUrl::parse(text, {"udp"});
    if (!url) return url;
    if (url->port == 0) return make_error(Errc::bad_input, "tracker URL: a udp:// URL names its port");
    if (url->address && is_useless(*url->address)) {
        return make_error(Errc::bad_input, "tracker URL: nobody answers at " + url->host);
    }
    return url;
}

/// What BEP 41 hands over: path and query, as they are in the URL.
Result<std::string> url_data(const TrackerUrl& url)
{
    auto data = url.path;
    if (!url.query.empty()) data += '?' + url.query;
    if (data.size() <= UdpTracker::longest_url_data) return data;
    return make_error(Errc::limit_exceeded, "tracker URL: what follows the port is too long for a datagram");
}

bep15::AnnounceRequest request_of(const Announce& announce, std::string url_data)
{
    return {.info_hash = announce.info_hash,
            .peer_id = announce.peer_id,
            .downloaded = announce.downloaded,
            .left = announce.left,
            .uploaded = announce.uploaded,
            .event = static_cast<std::uint32_t>(announce.event), // the same numbers
            .key = announce.key,
            .num_want = announce.num_want,
            .port = announce.port,
            .url_data = std::move(url_data)};
}

/// Where a name led, as far as it may be asked (README.md).
Result<std::vector<Endpoint>> askable(const TrackerUrl& url, const std::vector<Endpoint>& found)
{
    std::vector<Endpoint> addresses;
    Error why = make_error(Errc::not_found, url.host + " has no address that can be asked");
    for (const auto& endpoint : found) {
        const Endpoint tracker{endpoint.address.unmapped(), url.port};
        if (is_useless(tracker.address)) continue;
        if (!url.allows(tracker.address)) {
            why = make_error(Errc::permission_denied,
                             url.host + " leads into the local network, to " + tracker.address.to_string()
                                 + ", and the path is not a tracker's");
        } else if (addresses.size() < UdpTracker::most_addresses) {
            addresses.push_back(tracker);
        }
    }
    if (addresses.empty()) return why;
    return addresses;
}

Error no_answer(const std::string& host)
{
    return make_error(Errc::timed_out, "no answer from " + host + " (UDP)");
}

Error cancelled() { return make_error(Errc::cancelled, "cancelled"); }

/// Refusals are the tracker's own words; what is wrong with an answer needs its host.
Error with_host(const Error& error, const std::string& host)
{
    if (error.code == Errc::refused) return error;
    return make_error(error.code, host + " does not answer as a tracker does (" + error.text + ")");
}

} // namespace

UdpTracker::UdpTracker(Host& host)
    : host_(host), replies_(host), timers_(host.timers()),
      names_(host.resolver(), [this](auto number, const auto& found) { on_found(number, found); }),
      wire_(host, [this](auto question, auto reply) { on_reply(question, std::move(reply)); })
{
}

Result<void> UdpTracker::announce(std::uint64_t number, const Announce& announce)
{
    auto url = parse_url(announce.url);
    if (!url) return url.error();
    auto data = url_data(*url);
    if (!data) return data.error();
    Operation operation{.url = std::move(*url), .deadline = announce.deadline};
    if (announce.event == AnnounceEvent::stopped) {
        operation.deadline = std::min<Time>(operation.deadline, host_.now() + longest_goodbye);
    }
    operation.request = request_of(announce, std::move(*data));
    return begin(number, std::move(operation));
}

Result<void> UdpTracker::scrape(std::uint64_t number, std::string_view text, std::span<const Hash20> info_hashes)
{
    auto url = parse_url(text);
    if (!url) return url.error();
    if (info_hashes.empty()) return make_error(Errc::invalid_argument, "a scrape of nothing");
    Operation operation{.url = std::move(*url), .deadline = host_.now() + longest_scrape, .is_scrape = true};
    operation.scraped.assign(info_hashes.begin(), info_hashes.end());
    return begin(number, std::move(operation));
}

/// An error means that there is no such operation: nothing may be completed from inside the submitting call.
Result<void> UdpTracker::begin(std::uint64_t number, Operation begun)
{
    if (begun.deadline <= host_.now()) return make_error(Errc::timed_out, "the deadline has passed");
    auto& operation = operations_.emplace(number, std::move(begun)).first->second;
    Result<void> is_begun;
    if (operation.url.address) {
        operation.left = {{operation.url.address->unmapped(), operation.url.port}};
        is_begun = ask_next_address(number);
    } else {
        operation.is_looking_up = true;
        wait(number);
        is_begun = names_.look_up(operation.url.host, number);
    }
    if (is_begun) return {};
    operations_.erase(number);
    close_if_idle();
    return is_begun;
}

void UdpTracker::cancel(std::uint64_t number)
{
    if (operations_.contains(number)) fail(number, cancelled());
}

void UdpTracker::on_stop()
{
    while (!operations_.empty()) fail(operations_.begin()->first, cancelled());
}

void UdpTracker::on_found(std::uint64_t number, const Result<std::vector<Endpoint>>& found)
{
    auto& operation = operations_.at(number);
    operation.is_looking_up = false;
    if (!found) {
        const auto text = "cannot find " + operation.url.host + ": " + found.error().text;
        return fail(number, make_error(found.error().code, text));
    }
    auto addresses = askable(operation.url, *found);
    if (!addresses) return fail(number, addresses.error());
    // What has answered a moment ago will do so again.
    std::stable_partition(addresses->begin(), addresses->end(),
                          [&](const auto& tracker) { return wire_.has_connection(tracker); });
    operation.left = std::move(*addresses);
    if (const auto asked = ask_next_address(number); !asked) fail(number, asked.error());
}

/// The first of those that are left for which there is a socket.
Result<void> UdpTracker::ask_next_address(std::uint64_t number)
{
    auto& operation = operations_.at(number);
    Result<void> asked = no_answer(operation.url.host);
    while (!operation.left.empty()) {
        const auto tracker = operation.left.front();
        operation.left.erase(operation.left.begin());
        asked = ask(number, tracker);
        if (asked) break;
    }
    if (asked) wait(number);
    return asked;
}

Result<void> UdpTracker::ask(std::uint64_t number, const Endpoint& tracker)
{
    auto& operation = operations_.at(number);
    operation.tracker = tracker;
    for (auto& [part, question] : open_questions(operation)) {
        const auto asked = wire_.ask(tracker, std::move(question));
        if (!asked) return asked.error();
        operation.open.emplace(*asked, part);
        askers_.emplace(*asked, number);
    }
    return {};
}

/// What is not answered yet, by part.
std::map<std::size_t, Question> UdpTracker::open_questions(const Operation& operation) const
{
    if (!operation.is_scrape) return {{0, operation.request}};
    std::map<std::size_t, Question> questions;
    const std::span<const Hash20> all(operation.scraped);
    for (std::size_t begin = 0; begin < all.size(); begin += scraped_at_once) {
        if (operation.parts.contains(begin)) continue;
        const auto part = all.subspan(begin, std::min(scraped_at_once, all.size() - begin));
        questions.emplace(begin, bep15::ScrapeRequest{.info_hashes = {part.begin(), part.end()}});
    }
    return questions;
}

void UdpTracker::leave_address(Operation& operation)
{
    for (const auto& [question, part] : std::exchange(operation.open, {})) {
        askers_.erase(question);
        wire_.forget(operation.tracker, question);
    }
}

/// Until the deadline, or until it is the next address's turn.
void UdpTracker::wait(std::uint64_t number)
{
    auto& operation = operations_.at(number);
    const auto patience = operation.deadline - host_.now();
    const auto turn = operation.left.empty() ? patience : std::min<Time>(patience, address_patience);
    operation.timer = timers_.after(turn, [this, number] { on_time(number); });
}

void UdpTracker::on_time(std::uint64_t number)
{
    auto& operation = operations_.at(number);
    if (operation.left.empty() || host_.now() >= operation.deadline) {
        return fail(number, no_answer(operation.url.host));
    }
    leave_address(operation);
    if (const auto asked = ask_next_address(number); !asked) fail(number, asked.error());
}

void UdpTracker::on_reply(QuestionNumber question, Result<Reply> reply)
{
    const auto asker = askers_.extract(question);
    if (asker.empty()) return;
    const auto number = asker.mapped();
    auto& operation = operations_.at(number);
    const auto part = operation.open.extract(question).mapped();
    if (!reply) {
        const auto error = with_host(reply.error(), operation.url.host);
        // Another address of the same name may be a tracker.
        if (error.code == Errc::protocol_error && !operation.left.empty()) return on_time(number);
        return fail(number, error);
    }
    if (const auto* scraped = std::get_if<bep15::ScrapeReply>(&*reply)) return on_scraped(number, part, *scraped);
    const auto done = take_out(number);
    replies_.announced(number, told(std::get<bep15::AnnounceReply>(*reply)));
    close_if_idle();
}

void UdpTracker::on_scraped(std::uint64_t number, std::size_t part, const bep15::ScrapeReply& reply)
{
    auto& operation = operations_.at(number);
    const auto asked = std::span(operation.scraped).subspan(part);
    operation.parts[part] = told(reply, asked.first(std::min(scraped_at_once, asked.size())));
    if (!operation.open.empty()) return;
    std::vector<ScrapeEntry> entries;
    for (const auto& [begin, some] : operation.parts) entries.insert(entries.end(), some.begin(), some.end());
    const auto done = take_out(number);
    replies_.scraped(number, entries);
    close_if_idle();
}

UdpTracker::Operation UdpTracker::take_out(std::uint64_t number)
{
    auto& operation = operations_.at(number);
    leave_address(operation);
    if (operation.is_looking_up) names_.leave(operation.url.host, number);
    return std::move(operations_.extract(number).mapped());
}

void UdpTracker::fail(std::uint64_t number, const Error& error)
{
    const auto operation = take_out(number);
    if (operation.is_scrape) {
        replies_.scrape_failed(number, error);
    } else if (error.code == Errc::refused) {
        replies_.announce_refused(number, error.text);
    } else {
        replies_.announce_failed(number, error);
    }
    close_if_idle();
}

void UdpTracker::close_if_idle()
{
    if (operations_.empty()) wire_.close();
}

} // namespace shoal::udp_tracker
