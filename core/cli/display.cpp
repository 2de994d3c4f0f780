#include "cli/display.hpp"

#include "cli/quantity.hpp"
#include "control/json.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>
#include <ostream>
#include <set>

namespace shoal::cli {

std::string sources_text(const std::map<std::string_view, std::uint32_t>& sources)
{
    std::vector<std::string> parts;
    for (const auto& [name, count] : sources) parts.push_back(fmt::format("{} {}", count, printable(name)));
    return parts.empty() ? std::string() : fmt::format(" ({})", fmt::join(parts, ", "));
}

namespace {

using torrent::Stage;

// In tenths of a percent, rounded down: 100.0 is said only when it is true.
std::uint64_t permille(const DisplayLine& line)
{
    const auto& s = line.status;
    if (s.stage == Stage::resolving) return 0;
    if (s.stage == Stage::checking) {
        return line.pieces == 0 ? 0 : std::uint64_t{s.pieces_checked} * 1000 / line.pieces;
    }
    if (s.wanted_octets == 0) return s.stage == Stage::failed ? 0 : 1000;
    return s.had_octets * 1000 / s.wanted_octets;
}

// To so many octets at most, and not inside a letter.
std::string cut(const std::string& text, std::size_t most)
{
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
    return text.substr(0, most);
}

std::string bar(std::uint64_t permille, std::size_t width)
{
    const std::size_t full = width * permille / 1000;
    return std::string(full, '#') + std::string(width - full, '.');
}

std::string eta(const DisplayLine& line)
{
    const auto& s = line.status;
    if (s.swarm.download_rate == 0 || s.had_octets >= s.wanted_octets) return {};
    const auto seconds = (s.wanted_octets - s.had_octets) / s.swarm.download_rate;
    return "  ETA " + duration_text(std::chrono::seconds(seconds));
}

std::string activity(const DisplayLine& line)
{
    const auto& s = line.status;
    if (!line.outcome.empty()) return line.outcome;
    switch (s.stage) {
    case Stage::resolving: return "fetching metadata: " + printable(s.swarm.stall);
    case Stage::checking: return fmt::format("checking, {} of {}", s.pieces_checked, count_text(line.pieces, "piece"));
    case Stage::paused: return std::string(torrent::stage_name(s.stage));
    case Stage::failed: return s.failure ? printable(s.failure->text) : "failed";
    case Stage::seeding:
        return fmt::format("seeding  up {}  {} given  {}{}", rate_text(s.swarm.upload_rate),
                           size_text(s.totals.uploaded), count_text(s.swarm.peers, "peer"),
                           sources_text(s.swarm.sources));
    case Stage::downloading: break;
    }
    if (!s.swarm.stall.empty()) return printable(s.swarm.stall);  // it may quote a tracker
    return fmt::format("{}{}  {}{}", rate_text(s.swarm.download_rate), eta(line), count_text(s.swarm.peers, "peer"),
                       sources_text(s.swarm.sources));
}

std::string text_in(const control::Value& payload, std::string_view name)
{
    const auto* map = payload.as_map();
    const auto* value = map == nullptr ? nullptr : map->find(name);
    const auto* text = value == nullptr ? nullptr : value->as_text();
    return text == nullptr ? std::string() : printable(*text);
}

// Says what events mean for people, and the same thing only once: a tracker fails again and again.
class Narrator {
public:
    std::optional<std::string> news(std::string_view event, const control::Value& payload)
    {
        constexpr std::size_t most_remembered = 1000;
        auto sentence = sentence_of(event, payload);
        if (!sentence || said_.contains(*sentence)) return std::nullopt;
        if (said_.size() == most_remembered) said_.clear();
        said_.insert(*sentence);
        return sentence;
    }

private:
    std::set<std::string> said_;
};

class Bars final : public Display {
public:
    Bars(std::ostream& out, Columns columns) : out_(out), columns_(std::move(columns)) {}

    environment::Duration interval() const override { return std::chrono::milliseconds{200}; }

    void show(const std::vector<DisplayLine>& lines) override
    {
        const std::lock_guard held(lock_);
        const unsigned columns = columns_();
        clear();
        for (const auto& line : lines) {
            const auto text = progress_line(line, columns);
            out_ << text << '\n';
            drawn_.push_back(text.size());
        }
        out_.flush();
    }
    void on_event(const std::string&, std::string_view event, const control::Value& payload) override
    {
        if (const auto news = narrator_.news(event, payload)) say(*news);
    }
    void say(const std::string& sentence) override
    {
        const std::lock_guard held(lock_);
        clear();
        out_ << sentence << '\n';
        out_.flush();
    }
    void make_room() override
    {
        const std::lock_guard held(lock_);
        clear();
        out_.flush();
    }
    void end() override
    {
        const std::lock_guard held(lock_);
        drawn_.clear();
    }

private:
    // A line that was drawn on a wider window takes more than one row by now.
    void clear()
    {
        const std::size_t columns = std::max(1u, columns_());
        std::size_t rows = 0;
        for (const std::size_t width : drawn_) rows += std::max<std::size_t>(1, (width + columns - 1) / columns);
        if (rows > 0) out_ << fmt::format("\x1b[{}A\x1b[J", rows);
        drawn_.clear();
    }

    std::ostream& out_;
    Columns columns_;
    Narrator narrator_;
    std::mutex lock_;                 // log lines come from any thread
    std::vector<std::size_t> drawn_;  // widths of the lines on the screen
};

class Plain final : public Display {
public:
    explicit Plain(std::ostream& out) : out_(out) {}

    environment::Duration interval() const override { return std::chrono::seconds{10}; }

    void show(const std::vector<DisplayLine>& lines) override
    {
        constexpr unsigned unlimited = 10'000;
        for (const auto& line : lines) out_ << progress_line(line, unlimited) << '\n';
        out_.flush();
    }
    void on_event(const std::string&, std::string_view event, const control::Value& payload) override
    {
        if (const auto news = narrator_.news(event, payload)) say(*news);
    }
    void say(const std::string& sentence) override { out_ << sentence << std::endl; }

private:
    Narrator narrator_;
    std::ostream& out_;
};

class Json final : public Display {
public:
    explicit Json(std::ostream& out) : out_(out) {}

    environment::Duration interval() const override { return std::chrono::seconds{1}; }

    void show(const std::vector<DisplayLine>& lines) override
    {
        for (const auto& line : lines) out_ << control::to_json(status_record(line)) << '\n';
        out_.flush();
    }
    void on_event(const std::string& torrent, std::string_view event, const control::Value& payload) override
    {
        control::Value::Map record;
        record.set("event", event);
        if (!torrent.empty()) record.set("torrent", torrent);
        if (const auto* map = payload.as_map()) {
            for (std::size_t i = 0; i < map->size(); ++i) record.set(map->keys()[i], map->values()[i]);
        }
        out_ << control::to_json(std::move(record)) << '\n';
        out_.flush();
    }
    void say(const std::string& sentence) override
    {
        control::Value::Map payload;
        payload.set("text", sentence);
        on_event({}, "message", std::move(payload));
    }

private:
    std::ostream& out_;
};

class Silent final : public Display {
public:
    environment::Duration interval() const override { return std::chrono::seconds{60}; }
    void show(const std::vector<DisplayLine>&) override {}
    void on_event(const std::string&, std::string_view, const control::Value&) override {}
    void say(const std::string&) override {}
};

}  // namespace

std::string progress_line(const DisplayLine& line, unsigned columns)
{
    constexpr std::size_t bar_width = 24;
    const std::string tail = fmt::format(" [{}] {:5.1f} %  {}", bar(permille(line), bar_width),
                                         static_cast<double>(permille(line)) / 10, activity(line));
    // The name gives way first, but never below a few letters; then the line is cut.
    const std::size_t room = columns > tail.size() + 8 ? columns - tail.size() : 8;
    const std::string name = line.name.size() > room ? cut(line.name, room - 3) + "..." : line.name;
    return cut(name + tail, columns);
}

std::optional<std::string> sentence_of(std::string_view event, const control::Value& payload)
{
    const auto text = [&](std::string_view name) { return text_in(payload, name); };
    if (event == "session.listening") return "listening on " + text("address");
    if (event == "plugin.replaced") {
        return fmt::format("{} {} was replaced by the core's own: {}", text("kind"), text("plugin"), text("why"));
    }
    if (event == "peer.banned") return text("address") + " is banned: it sent corrupt data";
    if (event == "torrent.metadata") return "metadata of " + text("name") + " is here";
    if (event == "discovery.error") return fmt::format("{}: {}", text("source"), text("failure"));
    if (event == "tracker.error") return fmt::format("tracker {}: {}", text("url"), text("failure"));
    return std::nullopt;
}

control::Value status_record(const DisplayLine& line)
{
    const auto& s = line.status;
    const auto number = [](std::uint64_t n) { return control::Value(static_cast<std::int64_t>(n)); };
    control::Value::Map record;
    record.set("event", "status");
    record.set("torrent", line.info_hash);
    record.set("name", line.name);
    record.set("state", torrent::stage_name(s.stage));
    record.set("wanted", number(s.wanted_octets));
    record.set("had", number(s.had_octets));
    record.set("down_rate", number(s.swarm.download_rate));
    record.set("up_rate", number(s.swarm.upload_rate));
    record.set("downloaded", number(s.totals.downloaded));
    record.set("uploaded", number(s.totals.uploaded));
    record.set("wasted", number(s.totals.wasted));
    record.set("peers", number(s.swarm.peers));
    record.set("seeds", number(s.swarm.seeds));
    control::Value::Map sources;
    for (const auto& [name, count] : s.swarm.sources) sources.set(std::string(name), number(count));
    record.set("sources", std::move(sources));
    control::Value::Map met;
    for (const auto& [name, count] : s.totals.met) met.set(std::string(name), number(count));
    record.set("met", std::move(met));
    if (!s.swarm.stall.empty()) record.set("stall", s.swarm.stall);
    control::Value::List pickers;
    for (const auto& name : s.pickers) pickers.emplace_back(name);
    record.set("pickers", std::move(pickers));
    record.set("choker", s.choker);
    if (s.failure) record.set("failure", s.failure->text);
    if (!line.outcome.empty()) record.set("outcome", line.outcome);
    return record;
}

std::unique_ptr<Display> make_display(DisplayKind kind, std::ostream& out, Columns columns)
{
    switch (kind) {
    case DisplayKind::bars: return std::make_unique<Bars>(out, std::move(columns));
    case DisplayKind::plain: return std::make_unique<Plain>(out);
    case DisplayKind::json: return std::make_unique<Json>(out);
    case DisplayKind::silent: break;
    }
    return std::make_unique<Silent>();
}

}  // namespace shoal::cli
