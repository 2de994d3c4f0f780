#include "daemon/journal.hpp"

#include "control/json.hpp"
#include "control/quantity.hpp"

#include <shoal/value_fields.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace shoal::daemon {

namespace {

using control::Value;
using host::LogLevel;

constexpr std::chrono::minutes window{1};
constexpr std::size_t journal_digits = 10;  // of an info-hash: enough to name a torrent by

struct Entry {
    std::string kind;  // what a crowd of such lines is called
    LogLevel level = LogLevel::info;
    std::string line;
};

std::string size_in(const Value::Map& payload, std::string_view name)
{
    return control::size_text(static_cast<std::uint64_t>(std::max<std::int64_t>(integer_in(payload, name).value_or(0), 0)));
}

struct TorrentEvent {
    std::string_view event;
    std::string_view what;
    std::string_view field{};  // said after it
};
constexpr std::array torrent_events{TorrentEvent{"torrent.added", "added"},
                                    TorrentEvent{"torrent.removed", "removed"},
                                    TorrentEvent{"torrent.removed-data", "its files are deleted"},
                                    TorrentEvent{"torrent.finished", "finished"},
                                    TorrentEvent{"torrent.ended", "has given enough:", "why"},
                                    TorrentEvent{"torrent.moved", "moved to", "folder"},
                                    TorrentEvent{"torrent.resumed", "there is room on the disk again, and it goes on"}};

// What it does on its way there is soon over, and of what failed there is a line already.
bool is_worth_a_line(std::string_view state)
{
    return state == "downloading" || state == "seeding" || state == "stopped";
}

Entry about_torrent(const Value::Map& payload, const std::string& what, const std::string& detail)
{
    const auto subject = fmt::format("{} ({})", text_in(payload, "name"), text_in(payload, "torrent").substr(0, journal_digits));
    return {.kind = "torrents: " + what, .line = fmt::format("{}: {}{}{}", subject, what, detail.empty() ? "" : " ", detail)};
}

std::optional<Entry> entry_of_torrent(std::string_view event, const Value::Map& payload)
{
    if (event == "torrent.state") {
        const auto state = text_in(payload, "state");
        return is_worth_a_line(state) ? std::optional(about_torrent(payload, state, {})) : std::nullopt;
    }
    for (const auto& known : torrent_events) {
        if (known.event != event) continue;
        return about_torrent(payload, std::string(known.what), known.field.empty() ? std::string() : text_in(payload, known.field));
    }
    return std::nullopt;
}

// The settings of plug-ins may be secrets.
Entry about_setting(const Value::Map& payload)
{
    const auto name = text_in(payload, "name");
    const auto* value = payload.find("value");
    const auto shown = name.starts_with("plugins.") || value == nullptr ? std::string() : " = " + control::to_json(*value);
    const auto* when = flag_in(payload, "is_waiting") ? ", from the next start on" : "";
    return {.kind = "settings changed", .line = fmt::format("setting {}{} ({}){}", name, shown, text_in(payload, "origin"), when)};
}

std::optional<Entry> entry_of(std::string_view event, const Value::Map& payload)
{
    if (event.starts_with("torrent.")) return entry_of_torrent(event, payload);
    if (event == "settings.changed") return about_setting(payload);
    if (event == "disk.low") {
        return Entry{.kind = "disks that are low",
                     .level = LogLevel::warning,
                     .line = fmt::format("{}: only {} free, less than folders.low_room says", text_in(payload, "folder"), size_in(payload, "free"))};
    }
    if (event == "disk.enough") {
        return Entry{.kind = "disks that have room", .line = fmt::format("{}: {} free, which is enough", text_in(payload, "folder"), size_in(payload, "free"))};
    }
    if (event == "rates.alternative") {
        return Entry{.kind = "limits changed", .line = flag_in(payload, "on") ? "the alternative limits hold" : "the usual limits hold again"};
    }
    return std::nullopt;
}

}  // namespace

Journal::Journal(environment::Loop& loop, control::Registry& methods, host::Log log)
    : log_(std::move(log)), minute_(loop),
      ear_(methods.subscribe([this](std::string_view event, const Value::Map& payload) { hear(event, payload); }))
{
}

Journal::~Journal()
{
    ear_.reset();
    count_up();
}

void Journal::hear(std::string_view event, const Value::Map& payload)
{
    if (!log_.wants(LogLevel::warning)) return;
    const auto entry = entry_of(event, payload);
    if (entry && log_.wants(entry->level)) write(entry->kind, entry->level, entry->line);
}

void Journal::write(const std::string& kind, LogLevel level, const std::string& line)
{
    if (heard_.empty()) minute_.start(window, [this] { count_up(); });
    if (++heard_[kind] <= most_lines) log_.line(level, line);
}

void Journal::count_up()
{
    for (const auto& [kind, count] : std::exchange(heard_, {})) {
        if (count > most_lines) log_.info("{}: {} more within a minute", kind, count - most_lines);
    }
}

}  // namespace shoal::daemon
