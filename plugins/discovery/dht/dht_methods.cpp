#include "dht_methods.hpp"

#include "bencoded_value.hpp"
#include "dht_schemas.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

namespace shoal::dht {
namespace {

constexpr std::int64_t longest_patience = 600; // seconds

Value count(std::size_t number)
{
    return Value(static_cast<std::int64_t>(number));
}

Value count(double estimate)
{
    return Value(static_cast<std::int64_t>(std::llround(estimate)));
}

Value::Map describe(const LookupSummary& summary)
{
    Value::Map map;
    map.append("asked", count(summary.asked));
    map.append("answered", count(summary.answered));
    map.append("complete", Value(!summary.is_cut_short));
    return map;
}

Value::Map describe(const NodeStats& stats, const Node& node)
{
    Value::Map map;
    map.append("id", Value(node.own_id().hex()));
    map.append("address", node.own_address() ? Value(node.own_address()->to_string()) : Value{});
    map.append("nodes", count(stats.nodes));
    map.append("good_nodes", count(stats.good_nodes));
    map.append("network_estimate", Value(static_cast<std::int64_t>(stats.network_estimate)));
    map.append("torrents", count(stats.torrents));
    map.append("items", count(stats.items));
    map.append("lookups", count(stats.lookups));
    map.append("queries_sent", count(stats.queries_sent));
    map.append("queries_answered", count(stats.queries_answered));
    map.append("queries_dropped", count(stats.queries_dropped));
    map.append("answers_withheld", count(stats.answers_withheld));
    map.append("unsolicited", count(stats.unsolicited));
    map.append("malformed", count(stats.malformed));
    return map;
}

Value::Map describe(const ItemSummary& summary)
{
    auto map = describe(static_cast<const LookupSummary&>(summary));
    map.append("found", Value(summary.found.has_value()));
    if (!summary.found) return map;
    map.append("value", from_bencode(summary.found->value));
    map.append("bencoded", Value(summary.found->value));
    map.append("copies", count(summary.copies));
    if (const auto& author = summary.found->author) {
        map.append("key", Value(author->key.hex()));
        map.append("seq", Value(author->seq));
        map.append("signature", Value(author->signature.hex()));
    }
    return map;
}

std::string refusal_text(FailureCode code)
{
    switch (code) {
    case FailureCode::cas_mismatch: return "another version is there than 'cas' says: get it, and try again";
    case FailureCode::seq_too_low: return "a newer version is there: get it, and put with a higher 'seq'";
    default: return "the nodes refused it with code " + std::to_string(static_cast<std::int64_t>(code));
    }
}

/// Of an answer that says "nothing" it matters whether anybody was there to say it.
Error nobody_answers()
{
    return make_error(Errc::timed_out, "no node of the DHT answers: is there a way to any?");
}

void answer_put(const ItemSummary& summary, const NodeId& target, Answer answer)
{
    // A conflict counts though some nodes, which knew nothing of it, have stored the item.
    const bool is_conflict =
        summary.refusal == FailureCode::cas_mismatch || summary.refusal == FailureCode::seq_too_low;
    if (is_conflict || (summary.stored == 0 && summary.refusal != FailureCode{0})) {
        return answer.refuse(make_error(Errc::refused, refusal_text(summary.refusal)));
    }
    if (summary.stored == 0) {
        return answer.refuse(make_error(Errc::timed_out, "no node of the DHT has stored it: is there a way to any?"));
    }
    auto map = describe(static_cast<const LookupSummary&>(summary));
    map.append("target", Value(target.hex()));
    map.append("stored", count(summary.stored));
    if (summary.put && summary.put->author) {
        map.append("key", Value(summary.put->author->key.hex()));
        map.append("seq", Value(summary.put->author->seq));
    }
    answer.give(Value(std::move(map)));
}

/// An answer that more than one callback may hold; one of them gives it.
std::shared_ptr<Answer> shared(Answer answer)
{
    return std::make_shared<Answer>(std::move(answer));
}

} // namespace

DhtMethods::DhtMethods(const Host& host, Dht& dht, const SignatureScheme& scheme, UniqueFunction<void()> changed)
    : host_(host), dht_(dht), scheme_(scheme), changed_(std::move(changed)), methods_(host.methods())
{
    if (!methods_) return;
    offer(lookup_schema(), &DhtMethods::lookup);
    offer(announce_schema(), &DhtMethods::announce);
    offer(get_schema(), &DhtMethods::get);
    offer(put_schema(), &DhtMethods::put);
    offer(sample_schema(), &DhtMethods::sample);
    offer(ping_schema(), &DhtMethods::ping);
    offer(stats_schema(), &DhtMethods::stats);
}

void DhtMethods::offer(const MethodSchema& schema, Call call)
{
    const auto offered = methods_.offer(schema, [this, call](const Value::Map& map, Answer answer) {
        MethodArguments arguments(map);
        if (!dht_.is_part_of_any()) {
            return answer.refuse(make_error(Errc::network_error, "the DHT has no socket: see the log for the reason"));
        }
        (this->*call)(arguments, std::move(answer));
        changed_();
    });
    if (!offered) throw std::logic_error(offered.error().text);
}

Time DhtMethods::deadline(MethodArguments& arguments) const
{
    const auto patience = arguments.integer("timeout");
    if (patience < 1 || patience > longest_patience) arguments.complain("timeout", "has to be 1 to 600 seconds");
    return host_.now() + std::chrono::seconds(std::clamp<std::int64_t>(patience, 1, longest_patience));
}

void DhtMethods::search(const NodeId& info_hash, const PeerGoal::Wish& wish, Time deadline, Answer answer)
{
    auto peers = std::make_shared<Value::List>();
    const auto found = [peers](std::span<const Endpoint> some) {
        for (const auto& peer : some) peers->push_back(Value(peer.to_string()));
    };
    const auto ended = [peers, wish, answer = shared(std::move(answer))](const PeerSummary& summary) {
        if (summary.answered == 0 && peers->empty()) return answer->refuse(nobody_answers());
        auto map = describe(static_cast<const LookupSummary&>(summary));
        map.append("peers", Value(std::move(*peers)));
        if (wish.announcement) map.append("stored", count(summary.stored));
        if (wish.is_scrape) {
            map.append("seeds_estimate", count(summary.seeds_estimate));
            map.append("peers_estimate", count(summary.peers_estimate));
        }
        answer->give(Value(std::move(map)));
    };
    dht_.settle_for_one(dht_.find_peers(info_hash, wish, deadline, found, ended));
}

void DhtMethods::lookup(MethodArguments& arguments, Answer answer)
{
    const auto info_hash = arguments.needed<NodeId>("info_hash");
    const PeerGoal::Wish wish{.is_scrape = arguments.flag("scrape")};
    const auto end = deadline(arguments);
    if (arguments.error()) return answer.refuse(*arguments.error());
    search(info_hash, wish, end, std::move(answer));
}

void DhtMethods::announce(MethodArguments& arguments, Answer answer)
{
    const auto info_hash = arguments.needed<NodeId>("info_hash");
    const auto port = arguments.integer("port");
    if (port < 0 || port > 0xffff) arguments.complain("port", "has to be 0 to 65535");
    const Announcement announcement{.port = static_cast<std::uint16_t>(port), .is_seed = arguments.flag("seed")};
    const auto end = deadline(arguments);
    if (arguments.error()) return answer.refuse(*arguments.error());
    search(info_hash, {.announcement = announcement}, end, std::move(answer));
}

void DhtMethods::get(MethodArguments& arguments, Answer answer)
{
    const auto key = arguments.fixed<PublicKey>("key");
    auto salt = arguments.octets("salt");
    const auto target = key ? mutable_target(*key, salt) : arguments.needed<NodeId>("target");
    const auto end = deadline(arguments);
    if (arguments.error()) return answer.refuse(*arguments.error());
    const auto ended = [target, answer = shared(std::move(answer))](const ItemSummary& summary) {
        if (summary.answered == 0 && !summary.found) return answer->refuse(nobody_answers());
        auto map = describe(summary);
        map.append("target", Value(target.hex()));
        answer->give(Value(std::move(map)));
    };
    dht_.settle_for_one(dht_.get(target, std::move(salt), end, ended));
}

void DhtMethods::put(MethodArguments& arguments, Answer answer)
{
    const auto* value = arguments.find("value");
    Result<Bytes> encoded = arguments.octets("bencoded");
    if (value != nullptr) encoded = to_bencode(*value);
    if (!encoded) return answer.refuse(encoded.error());
    const auto secret = arguments.fixed<SecretKey>("secret");
    const auto seq = arguments.optional_integer("seq");
    const auto cas = arguments.optional_integer("cas");
    const auto end = deadline(arguments);
    if (seq && *seq < 0) arguments.complain("seq", "cannot be negative");
    if (encoded->empty()) arguments.complain("value", "is missing");
    if (arguments.error()) return answer.refuse(*arguments.error());
    if (!secret) return store(make_immutable(*encoded), {}, end, std::move(answer));
    if (!seq) return put_next(std::move(*encoded), arguments, *secret, std::move(answer));
    store(make_mutable(*encoded, arguments.octets("salt"), *seq, *secret, scheme_), cas, end, std::move(answer));
}

void DhtMethods::put_next(Bytes value, MethodArguments& arguments, const SecretKey& secret, Answer answer)
{
    // In both networks the same: so the newest of both is looked for first.
    auto salt = arguments.octets("salt");
    const auto cas = arguments.optional_integer("cas");
    const auto end = deadline(arguments);
    const auto probe = make_mutable(value, salt, 0, secret, scheme_);
    if (!probe) return answer.refuse(probe.error());
    const auto held = shared(std::move(answer));
    const auto ended = [=, this](const ItemSummary& summary) {
        const bool is_first = !summary.found || !summary.found->author;
        const auto last = is_first ? 0 : summary.found->author->seq;
        if (last == std::numeric_limits<std::int64_t>::max()) {
            return held->refuse(make_error(Errc::limit_exceeded, "the last version that there can be is there already"));
        }
        const auto seq = last + 1;
        store(make_mutable(value, salt, seq, secret, scheme_), cas, end, std::move(*held));
        changed_();
    };
    dht_.settle_for_one(dht_.get(target_of(*probe), salt, end, ended));
}

void DhtMethods::store(const Result<Item>& item, std::optional<std::int64_t> cas, Time deadline, Answer answer)
{
    if (!item) return answer.refuse(item.error());
    const auto ended = [target = target_of(*item), answer = shared(std::move(answer))](const ItemSummary& summary) {
        answer_put(summary, target, std::move(*answer));
    };
    dht_.settle_for_one(dht_.put(*item, cas, deadline, ended));
}

void DhtMethods::sample(MethodArguments& arguments, Answer answer)
{
    auto target = arguments.fixed<NodeId>("target");
    const auto end = deadline(arguments);
    if (arguments.error()) return answer.refuse(*arguments.error());
    if (!target) target = own_id();
    const auto ended = [answer = shared(std::move(answer))](const SampleSummary& summary) {
        if (summary.answered == 0 && summary.info_hashes.empty()) return answer->refuse(nobody_answers());
        auto map = describe(static_cast<const LookupSummary&>(summary));
        Value::List hashes;
        for (const auto& info_hash : summary.info_hashes) hashes.push_back(Value(info_hash.hex()));
        map.append("info_hashes", Value(std::move(hashes)));
        map.append("total", Value(summary.total));
        map.append("sampling_nodes", count(summary.sampling));
        answer->give(Value(std::move(map)));
    };
    dht_.settle_for_one(dht_.sample(*target, end, ended));
}

void DhtMethods::ping(MethodArguments& arguments, Answer answer)
{
    const auto node = Endpoint::parse(arguments.text("node"));
    if (!node) arguments.complain("node", "has to be an address and a port, as 1.2.3.4:6881 or [::1]:6881");
    if (arguments.error()) return answer.refuse(*arguments.error());
    const auto held = shared(std::move(answer));
    const bool is_asked = dht_.ping(*node, host_.now(), [held](const Outcome& outcome) {
        if (outcome.kind == Outcome::Kind::silent) {
            return held->refuse(make_error(Errc::timed_out, outcome.endpoint.to_string() + " does not answer"));
        }
        if (outcome.kind != Outcome::Kind::replied) {
            return held->refuse(make_error(Errc::refused, outcome.endpoint.to_string() + " answers with an error"));
        }
        Value::Map map;
        map.append("id", Value(outcome.reply->id.hex()));
        map.append("milliseconds",
                   Value(std::chrono::duration<double, std::milli>(outcome.taken).count()));
        if (outcome.reply->seen_as) map.append("sees_us_as", Value(outcome.reply->seen_as->to_string()));
        held->give(Value(std::move(map)));
    });
    if (!is_asked) {
        held->refuse(make_error(Errc::network_error, "we are no part of the DHT of " + node->to_string()));
    }
}

void DhtMethods::stats(MethodArguments& arguments, Answer answer)
{
    const bool joins = arguments.flag("join");
    const auto end = deadline(arguments);
    if (arguments.error()) return answer.refuse(*arguments.error());
    if (!joins) return answer.give(Value(all_stats()));
    // A lookup waits for the first nodes, and finds those around us: then there is something to tell.
    const auto ended = [this, answer = shared(std::move(answer))](const SampleSummary&) {
        answer->give(Value(all_stats()));
    };
    dht_.settle_for_one(dht_.sample(own_id(), end, ended));
}

Value::Map DhtMethods::all_stats() const
{
    Value::Map map;
    for (const bool is_v6 : {false, true}) {
        const auto* node = dht_.node(is_v6);
        const auto name = is_v6 ? "ipv6" : "ipv4";
        map.append(name, node != nullptr ? Value(describe(node->stats(host_.now()), *node)) : Value{});
    }
    return map;
}

NodeId DhtMethods::own_id() const
{
    return (dht_.node(false) != nullptr ? dht_.node(false) : dht_.node(true))->own_id();
}

} // namespace shoal::dht
