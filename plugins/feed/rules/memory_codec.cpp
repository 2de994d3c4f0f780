#include "memory_codec.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace shoal::feed_rules {
namespace {

using bencode::Node;
using bencode::Writer;

// An item's: texts, numbers, and lists and maps of them. What is null is left out.
void write(Writer& writer, const Value& value)
{
    if (const auto* number = value.as_integer()) {
        writer.integer(*number);
    } else if (const auto* list = value.as_list()) {
        writer.begin_list();
        for (const auto& one : *list) write(writer, one);
        writer.end_list();
    } else if (const auto* map = value.as_map()) {
        std::map<std::string_view, const Value*> sorted;
        for (std::size_t i = 0; i < map->size(); ++i) {
            if (!map->values()[i].is_null()) sorted.emplace(map->keys()[i], &map->values()[i]);
        }
        writer.begin_dict();
        for (const auto& [key, one] : sorted) {
            writer.key(key);
            write(writer, *one);
        }
        writer.end_dict();
    } else {
        writer.string(value.as_text() != nullptr ? *value.as_text() : std::string());
    }
}

Value read_value(Node node)
{
    if (const auto number = node.integer()) return *number;
    if (node.is_list()) {
        Value::List list;
        for (const auto one : node.items()) list.push_back(read_value(one));
        return list;
    }
    if (node.is_dict()) {
        Value::Map map;
        for (const auto& [key, one] : node.entries()) map.set(std::string(key), read_value(one));
        return map;
    }
    return std::string(node.string().value_or(""));
}

void write(Writer& writer, const Candidate& candidate)
{
    writer.begin_dict();
    writer.key("dead").integer(candidate.is_dead ? 1 : 0).key("failures").integer(candidate.failures).key("feed").string(candidate.feed);
    writer.key("hash").string(candidate.info_hash);
    if (candidate.item.size() > 0) {
        writer.key("item");
        write(writer, Value(candidate.item));
    }
    writer.key("name").string(candidate.name).key("peeked").integer(candidate.is_peeked ? 1 : 0);
    writer.key("preference").integer(candidate.preference);
    writer.key("published").integer(candidate.published).key("rank").integer(candidate.rank).key("remembered").begin_list();
    for (const auto& one : candidate.remembered) writer.string(one);
    writer.end_list();
    writer.key("revision").integer(candidate.revision).key("seeders").integer(candidate.seeders);
    writer.key("source").string(candidate.source).key("title").string(candidate.title);
    writer.end_dict();
}

void write(Writer& writer, const Claim& claim)
{
    writer.begin_dict().key("candidates").begin_list();
    for (const auto& candidate : claim.candidates) write(writer, candidate);
    writer.end_list();
    writer.key("chosen").integer(static_cast<std::int64_t>(claim.chosen)).key("due").integer(claim.due);
    writer.key("rule").string(claim.rule).key("since").integer(claim.since).key("state").integer(static_cast<std::int64_t>(claim.state));
    writer.end_dict();
}

void write(Writer& writer, const Taken& taken)
{
    writer.begin_dict().key("at").integer(taken.at).key("preference").integer(taken.preference).key("rank").integer(taken.rank);
    writer.key("revision").integer(taken.revision).key("rule").string(taken.rule).key("title").string(taken.title);
    writer.key("torrent").string(taken.torrent).end_dict();
}

std::string text(Node node, std::string_view key) { return std::string(node.find_string(key).value_or("")); }
std::int64_t number(Node node, std::string_view key) { return node.find_int(key).value_or(0); }

Candidate read_candidate(Node node)
{
    Candidate out{.title = text(node, "title"), .source = text(node, "source"), .feed = text(node, "feed"), .name = text(node, "name"),
                  .info_hash = text(node, "hash"), .preference = number(node, "preference"), .rank = number(node, "rank"),
                  .revision = number(node, "revision"), .seeders = number(node, "seeders"), .failures = number(node, "failures"),
                  .is_dead = number(node, "dead") != 0, .remembered = {}, .published = number(node, "published"), .is_peeked = number(node, "peeked") != 0};
    if (const auto item = node.find_dict("item")) out.item = *read_value(*item).as_map();
    if (const auto remembered = node.find_list("remembered")) {
        for (const auto one : remembered->items()) out.remembered.emplace_back(one.string().value_or(""));
    }
    return out;
}

Claim read_claim(Node node)
{
    const auto state = std::clamp<std::int64_t>(number(node, "state"), 0, 2);
    Claim out{.rule = text(node, "rule"), .state = static_cast<ClaimState>(state), .since = number(node, "since"), .due = number(node, "due"),
              .candidates = {}, .chosen = 0};
    if (const auto candidates = node.find_list("candidates")) {
        for (const auto one : candidates->items()) out.candidates.push_back(read_candidate(one));
    }
    const auto chosen = number(node, "chosen");
    if (chosen > 0 && static_cast<std::size_t>(chosen) < out.candidates.size()) out.chosen = static_cast<std::size_t>(chosen);
    return out;
}

Taken read_taken(Node node)
{
    return {.rule = text(node, "rule"), .title = text(node, "title"), .torrent = text(node, "torrent"), .at = number(node, "at"),
            .preference = number(node, "preference"), .rank = number(node, "rank"), .revision = number(node, "revision")};
}

} // namespace

void write_memo(Writer& writer, const Memo& memo)
{
    writer.begin_dict();
    if (memo.claim) {
        writer.key("claim");
        write(writer, *memo.claim);
    }
    if (memo.taken) {
        writer.key("taken");
        write(writer, *memo.taken);
    }
    writer.end_dict();
}

Memo read_memo(Node node)
{
    Memo memo;
    if (const auto claim = node.find_dict("claim")) {
        memo.claim = read_claim(*claim);
        if (memo.claim->candidates.empty()) memo.claim.reset();
    }
    if (const auto taken = node.find_dict("taken")) memo.taken = read_taken(*taken);
    return memo;
}

} // namespace shoal::feed_rules
