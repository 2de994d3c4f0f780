#include "script_store.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::uint64_t most_kept = 1u << 20; // of one script
constexpr std::uint64_t octets_of_a_key = 32;   // what one takes beside its text and value, about: many small ones are not free
constexpr std::size_t longest_key = 128;        // the host's
constexpr std::int64_t longest_ttl = std::int64_t{100} * 366 * 24 * 3600;
constexpr std::int64_t between_sweeps = 60;     // seconds: what is over is not seen anyway
constexpr std::int64_t longest_wait = 3600;     // the clock may be set meanwhile
constexpr auto between_pages = std::chrono::milliseconds{10};

// Before the text of a value that is kept for a while: this, when it is over, and the end of the line. No JSON begins like that.
constexpr char ends_mark = '\x01';

std::uint64_t octets(std::string_view key, std::size_t value) { return key.size() + value + octets_of_a_key; }

std::string_view script_of_key(std::string_view key) { return key.substr(0, key.find('/')); }

} // namespace

ScriptStore::ScriptStore(Host& host) : store_(host.store()), calendar_(host.calendar()), timers_(host.timers()) {}

Result<Value> ScriptStore::carry_out(const std::string& script, const Wish& wish)
{
    if (!store_) return make_error(Errc::unsupported, "nothing is kept here");
    const auto key = script + "/" + wish.name;
    if (key.size() > longest_key) {
        return make_error(Errc::invalid_argument, "the key is too long: with the name of the script it has at most 127 octets");
    }
    switch (wish.kind) {
    case Wish::Kind::keys: return list(script, key, wish.value);
    case Wish::Kind::write: return write(script, key, wish.value);
    case Wish::Kind::count: return count(script, key, *wish.value.as_integer());
    case Wish::Kind::erase: erase(script, key); return Value{};
    default: break;
    }
    const auto kept = find(key);
    return kept ? Value(std::string(kept->text)) : Value{};
}

std::optional<ScriptStore::Kept> ScriptStore::find(const std::string& key) const
{
    const auto raw = store_.read(key);
    if (!raw) return std::nullopt;
    Kept kept{.text = as_text(*raw)};
    if (!kept.text.starts_with(ends_mark)) return kept;
    const auto* end = kept.text.data() + kept.text.size();
    const auto read = std::from_chars(kept.text.data() + 1, end, kept.ends_at);
    if (read.ec != std::errc{} || read.ptr == end) return std::nullopt; // nothing that we have written
    kept.text.remove_prefix(static_cast<std::size_t>(read.ptr - kept.text.data()) + 1);
    return kept.ends_at <= unix_time() ? std::nullopt : std::optional(kept);
}

// What: a text, or a map of `text` and `ttl`, in seconds.
Result<Value> ScriptStore::write(const std::string& script, const std::string& key, const Value& what)
{
    const auto* map = what.as_map();
    const auto* text = map != nullptr ? map->find("text")->as_text() : what.as_text();
    std::int64_t ends_at = 0;
    if (map != nullptr) {
        if (!calendar_) return make_error(Errc::unsupported, "there is no calendar here, by which a value could end");
        ends_at = unix_time() + std::clamp<std::int64_t>(*map->find("ttl")->as_integer(), 1, longest_ttl);
    }
    const auto kept = put(script, key, *text, ends_at);
    return kept ? Result<Value>(Value{}) : Result<Value>(kept.error());
}

// At once, so that two handlers that count do not count the same. What ends goes on to end when it did.
Result<Value> ScriptStore::count(const std::string& script, const std::string& key, std::int64_t amount)
{
    std::int64_t number = 0;
    std::int64_t ends_at = 0;
    if (const auto kept = find(key)) {
        const auto* end = kept->text.data() + kept->text.size();
        const auto read = std::from_chars(kept->text.data(), end, number);
        if (read.ec != std::errc{} || read.ptr != end) return make_error(Errc::invalid_argument, "what is kept there is no whole number");
        ends_at = kept->ends_at;
    }
    number = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) + static_cast<std::uint64_t>(amount));
    if (const auto kept = put(script, key, std::to_string(number), ends_at); !kept) return kept.error();
    return Value(number);
}

// The keys of a page, as the script knows them; `after` is where the next one begins.
Result<Value> ScriptStore::list(const std::string& script, const std::string& prefix, const Value& after)
{
    const auto* last = after.as_text();
    const auto found = store_.keys(prefix, last != nullptr ? script + "/" + *last : std::string());
    Value::List keys;
    for (const auto& key : found) {
        if (find(key)) keys.emplace_back(key.substr(script.size() + 1));
    }
    Value::Map page;
    page.append("keys", std::move(keys));
    if (found.size() == Store::most_keys) page.append("after", found.back().substr(script.size() + 1));
    return Value(std::move(page));
}

Result<void> ScriptStore::put(const std::string& script, const std::string& key, std::string_view text, std::int64_t ends_at)
{
    std::string value(text);
    if (ends_at != 0) value = ends_mark + std::to_string(ends_at) + "\n" + value;
    auto& used = octets_of(script);
    const auto before = store_.read(key);
    const auto after = used - (before ? octets(key, before->size()) : 0) + octets(key, value.size());
    if (after > most_kept && after > used) {
        return make_error(Errc::limit_exceeded, "the script keeps more than 1 MiB: delete what it does not need, or keep it for a while only (ttl)");
    }
    if (const auto written = store_.write(key, as_bytes(value)); !written) return written.error();
    used = after;
    if (ends_at != 0) sweep_at(ends_at);
    return {};
}

void ScriptStore::erase(std::string_view script, const std::string& key)
{
    const auto before = store_.read(key);
    if (!before) return;
    if (const auto used = octets_.find(script); used != octets_.end()) used->second -= octets(key, before->size());
    store_.erase(key);
}

// Looked up once: from then on it is counted.
std::uint64_t& ScriptStore::octets_of(const std::string& script)
{
    const auto known = octets_.find(script);
    if (known != octets_.end()) return known->second;
    std::uint64_t used = 0;
    const auto prefix = script + "/";
    for (auto page = store_.keys(prefix); !page.empty(); page = store_.keys(prefix, page.back())) {
        for (const auto& key : page) used += octets(key, store_.read(key)->size());
    }
    return octets_.emplace(script, used).first->second;
}

// ---- what is over ---------------------------------------------------------------------------------------------------------

// A page of keys at a time; the last one plans the next sweep.
void ScriptStore::sweep(const std::string& after)
{
    if (!store_ || !calendar_) return;
    if (after.empty()) soonest_ = 0;
    const auto page = store_.keys({}, after);
    for (const auto& key : page) {
        const auto raw = store_.read(key);
        if (!raw || raw->empty() || as_text(*raw).front() != ends_mark) continue;
        const auto kept = find(key);
        if (!kept) erase(script_of_key(key), key);
        else if (soonest_ == 0 || kept->ends_at < soonest_) soonest_ = kept->ends_at;
    }
    if (page.size() == Store::most_keys) {
        next_sweep_ = timers_.after(between_pages, [this, last = page.back()] { sweep(last); });
    } else if (soonest_ != 0) {
        sweep_at(std::exchange(soonest_, 0));
    }
}

void ScriptStore::sweep_at(std::int64_t time)
{
    if (soonest_ != 0 && soonest_ <= time) return;
    soonest_ = time;
    const auto wait = std::clamp(time - unix_time(), between_sweeps, longest_wait);
    next_sweep_ = timers_.after(std::chrono::seconds(wait), [this] { sweep({}); });
}

} // namespace shoal::script_lua
