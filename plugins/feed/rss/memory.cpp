#include "memory.hpp"

#include <shoal/bencode.hpp>
#include <shoal/hex.hpp>
#include <shoal/sha1.hpp>

#include <utility>

namespace shoal::rss {
namespace {

constexpr std::string_view key_of_definitions = "feeds";
constexpr std::string_view key_of_reads = "reads";
constexpr std::int64_t seconds_in_a_day = 86'400;
constexpr std::int64_t long_ago = 90 * seconds_in_a_day;

std::string key_of(const std::string& feed) { return "feed/" + to_hex(Sha1::of(as_bytes(feed)).bytes); }

std::string text_at(const bencode::Node& node, std::string_view key) { return std::string(node.find_string(key).value_or("")); }

FeedDefinition read_kept(const bencode::Node& node)
{
    FeedDefinition definition{.name = text_at(node, "name"), .url = text_at(node, "url"), .cookies = text_at(node, "cookies")};
    if (const auto every = node.find_int("every")) definition.every = std::chrono::seconds(*every);
    if (const auto first = node.find_int("first")) definition.first_run = std::chrono::seconds(*first);
    if (const auto headers = node.find_dict("headers")) {
        for (const auto& header : headers->entries()) {
            definition.headers.emplace_back(std::string(header.key), std::string(header.value.string().value_or("")));
        }
    }
    return definition;
}

void write_definition(bencode::Writer& out, const FeedDefinition& definition)
{
    const std::map<std::string, std::string> headers(definition.headers.begin(), definition.headers.end());
    out.begin_dict().key("cookies").string(definition.cookies);
    if (definition.every) out.key("every").integer(definition.every->count());
    if (definition.first_run) out.key("first").integer(definition.first_run->count());
    out.key("headers").begin_dict();
    for (const auto& [name, value] : headers) out.key(name).string(value);
    out.end_dict().key("name").string(definition.name).key("url").string(definition.url).end_dict();
}

} // namespace

std::vector<FeedDefinition> Memory::definitions() const
{
    std::vector<FeedDefinition> all;
    const auto octets = store_ ? store_.read(key_of_definitions) : std::nullopt;
    const auto document = octets ? bencode::Document::parse(*octets) : make_error(Errc::not_found, "nothing is kept");
    if (!document) return all;
    for (const auto& node : document->root().items()) all.push_back(read_kept(node));
    return all;
}

Result<void> Memory::keep(const std::vector<FeedDefinition>& definitions)
{
    if (!store_) return {};
    bencode::Writer out;
    out.begin_list();
    for (const auto& definition : definitions) write_definition(out, definition);
    out.end_list();
    const auto written = store_.write(key_of_definitions, out.take());
    if (written) store_.commit(); // somebody was told that it is done
    return written;
}

FeedMemory Memory::of(const std::string& feed) const
{
    FeedMemory memory;
    const auto octets = store_ ? store_.read(key_of(feed)) : std::nullopt;
    const auto document = octets ? bencode::Document::parse(*octets) : make_error(Errc::not_found, "nothing is kept");
    if (!document) return memory;
    const auto root = document->root();
    memory.read_at = root.find_int("read").value_or(0);
    memory.url = text_at(root, "url");
    memory.etag = text_at(root, "etag");
    memory.last_modified = text_at(root, "modified");
    memory.backlog = SeenItems::decode(root.find_bytes("backlog").value_or(ByteView{}));
    memory.seen = SeenItems::decode(root.find_bytes("seen").value_or(ByteView{}));
    return memory;
}

Result<void> Memory::keep(const std::string& feed, const FeedMemory& memory)
{
    if (!store_) return {};
    bencode::Writer out;
    out.begin_dict().key("backlog").bytes(memory.backlog.encode()).key("etag").string(memory.etag).key("modified").string(memory.last_modified);
    out.key("read").integer(memory.read_at).key("seen").bytes(memory.seen.encode()).key("url").string(memory.url).end_dict();
    if (const auto written = store_.write(key_of(feed), out.take()); !written) return written;
    auto reads = last_reads();
    auto& read = reads[feed];
    if (memory.read_at - read < seconds_in_a_day) return {}; // near enough
    read = memory.read_at;
    return keep_last_reads(reads);
}

void Memory::forget(const std::string& feed)
{
    if (!store_) return;
    store_.erase(key_of(feed));
    auto reads = last_reads();
    if (reads.erase(feed) > 0) static_cast<void>(keep_last_reads(reads));
}

std::vector<std::string> Memory::forget_old(std::int64_t now)
{
    std::vector<std::string> forgotten;
    for (const auto& [feed, read] : last_reads()) {
        if (now - read <= long_ago) continue;
        forget(feed);
        forgotten.push_back(feed);
    }
    return forgotten;
}

std::map<std::string, std::int64_t> Memory::last_reads() const
{
    std::map<std::string, std::int64_t> all;
    const auto octets = store_ ? store_.read(key_of_reads) : std::nullopt;
    const auto document = octets ? bencode::Document::parse(*octets) : make_error(Errc::not_found, "nothing is kept");
    if (!document) return all;
    for (const auto& entry : document->root().entries()) all[std::string(entry.key)] = entry.value.integer().value_or(0);
    return all;
}

Result<void> Memory::keep_last_reads(const std::map<std::string, std::int64_t>& all)
{
    bencode::Writer out;
    out.begin_dict();
    for (const auto& [feed, read] : all) out.key(feed).integer(read);
    out.end_dict();
    return store_.write(key_of_reads, out.take());
}

} // namespace shoal::rss
