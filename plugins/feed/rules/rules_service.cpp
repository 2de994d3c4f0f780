#include "rules_service.hpp"

#include "lint.hpp"
#include "rule_reader.hpp"
#include "where_answer.hpp"

#include <shoal/value_fields.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace shoal::feed_rules {
namespace {

constexpr std::chrono::seconds longest_sleep{600}; // clocks are put forward
constexpr std::size_t at_once = 200;
constexpr std::int64_t page = 1000;

std::string piece_name(std::size_t piece) { return "memory/" + std::to_string(piece); }

} // namespace

RulesService::RulesService(Host& host)
    : host_(host), control_(host), store_(host.store()), events_(host.events()), timers_(host.timers()), calendar_(host.calendar()),
      workers_(host.workers()), methods_(host.methods())
{
    offer_methods();
}

Result<void> RulesService::start()
{
    read_memory();
    if (desk_.memory().claims() > 0) desk_.hold(); // those that an earlier process began: scripts that may be against it are read yet
    auto ear = control_.subscribe("rss.item", [this](std::string_view, const Value::Map& payload) { on_item(payload); });
    if (!ear) return ear.error();
    ear_ = std::move(*ear);
    settle();
    return {};
}

std::string_view RulesService::summary()
{
    summary_ = std::to_string(desk_.rules().size()) + (desk_.rules().size() == 1 ? " rule" : " rules");
    return summary_;
}

void RulesService::on_stop()
{
    is_stopped_ = true;
    ear_.end();
    alarm_.cancel();
    next_look_.cancel();
    write_memory();
}

// ---- items ----------------------------------------------------------------------------------------------------------------

void RulesService::on_item(const Value::Map& payload)
{
    const auto* map = payload.find("item");
    if (is_stopped_ || map == nullptr || map->as_map() == nullptr) return;
    auto item = Item::read(*map->as_map());
    if (item.feed.empty()) item.feed = text_in(payload, "feed");
    desk_.offer(std::move(item), calendar_.unix_time(), true);
    settle();
}

// Rules that changed are asked about everything that the feeds list: what an earlier process heard and did not get done is there as well.
void RulesService::look_again()
{
    waiting_.clear();
    desk_.go_on(calendar_.unix_time());
    settle();
    check_feeds();
    read_items(0);
}

// By now the scripts have declared theirs. What is said once is not said again until it is mended.
void RulesService::check_feeds()
{
    const auto asked = control_.call("feeds.list", {}, [this](const Result<Value>& answer) {
        if (is_stopped_ || !answer || answer->as_list() == nullptr) return;
        std::vector<std::string> names;
        for (const auto& feed : *answer->as_list()) {
            if (feed.as_map() != nullptr) names.push_back(text_in(*feed.as_map(), "feed"));
        }
        for (auto& [name, source] : sources_) {
            const auto before = std::exchange(source.unknown_feeds, unknown_feeds(source.rules, names));
            for (const auto& problem : source.unknown_feeds) {
                if (std::ranges::find(before, problem) == before.end()) host_.log(LogLevel::warning, name + ": " + problem);
            }
        }
    });
    if (!asked) host_.log(LogLevel::debug, asked.error().text);
}

void RulesService::read_items(std::int64_t from)
{
    const auto asked = control_.call("feeds.items", Value::Map{}.set("from", from).set("limit", page), [this, from](const Result<Value>& answer) {
        if (is_stopped_ || !answer || answer->as_list() == nullptr) return; // without feeds there are no items
        for (const auto& item : *answer->as_list()) {
            if (item.as_map() != nullptr) waiting_.push_back(Item::read(*item.as_map()));
        }
        if (static_cast<std::int64_t>(answer->as_list()->size()) >= page) return read_items(from + page);
        std::ranges::stable_sort(waiting_, {}, [](const Item& item) { return item.published.value_or(0); });
        offer_waiting();
    });
    if (!asked) host_.log(LogLevel::debug, asked.error().text);
}

void RulesService::offer_waiting()
{
    if (is_stopped_) return;
    const auto now = calendar_.unix_time();
    for (std::size_t i = 0; i < at_once && !waiting_.empty(); ++i) {
        desk_.offer(std::move(waiting_.front()), now, false);
        waiting_.pop_front();
    }
    settle();
    if (!waiting_.empty()) host_.post([this] { offer_waiting(); });
}

// ---- what is remembered ---------------------------------------------------------------------------------------------------

void RulesService::read_memory()
{
    if (!store_) return host_.log(LogLevel::warning, "nothing outlives the process: after a restart rules may take again what they have taken");
    for (std::size_t piece = 0; piece < Memory::pieces; ++piece) {
        const auto kept = store_.read(piece_name(piece));
        if (kept && !desk_.memory().read_piece(*kept)) {
            host_.log(LogLevel::error, "a part of what rules have taken cannot be read, and is forgotten");
        }
    }
}

void RulesService::write_memory()
{
    if (!store_) return;
    const auto changed = desk_.memory().take_changed();
    for (const auto& [piece, octets] : changed) {
        if (const auto written = store_.write(piece_name(piece), octets); !written) host_.log(LogLevel::error, written.error().text);
    }
    if (!changed.empty()) store_.commit();
}

// First what is remembered, then what is done.
void RulesService::settle()
{
    for (auto actions = desk_.take_actions(); !actions.empty(); actions = desk_.take_actions()) {
        write_memory();
        for (auto& action : actions) std::visit([this](auto& one) { perform(std::move(one)); }, action);
    }
    write_memory();
    arm();
}

void RulesService::arm()
{
    alarm_.cancel();
    const auto next = desk_.next();
    if (!next || is_stopped_) return;
    const auto wait = std::clamp(std::chrono::seconds(*next - calendar_.unix_time()), std::chrono::seconds{1}, longest_sleep);
    alarm_ = timers_.after(wait, [this] {
        desk_.on_time(calendar_.unix_time());
        settle();
    });
}

// ---- what is done ---------------------------------------------------------------------------------------------------------

void RulesService::perform(AskWhere ask)
{
    const auto ticket = ask.ticket;
    auto arguments = Value::Map{}.set("script", std::move(ask.script)).set("rule", std::move(ask.rule)).set("item", std::move(ask.item));
    const auto asked = control_.call("scripts.ask", std::move(arguments), [this, ticket](const Result<Value>& answer) {
        if (is_stopped_) return;
        const auto said = where_answer(answer);
        desk_.on_where(ticket, said.is_ok, said.why, calendar_.unix_time());
        settle();
    });
    if (!asked) host_.log(LogLevel::warning, asked.error().text);
}

void RulesService::perform(PeekTorrent peek)
{
    auto arguments = Value::Map{}.set("source", std::move(peek.source));
    auto peeked = [this, key = peek.key](const Result<Value>& answer) {
        if (is_stopped_) return;
        desk_.on_peeked(key, answer ? Result<Peek>(Peek::read(*answer)) : Result<Peek>(answer.error()), calendar_.unix_time());
        settle();
    };
    const auto asked = control_.call("torrents.peek", std::move(arguments), std::move(peeked), "rule:" + peek.rule);
    if (!asked) host_.log(LogLevel::warning, asked.error().text);
}

void RulesService::perform(AddTorrent add)
{
    auto added_by_it = [this, key = add.key](const Result<Value>& answer) {
        if (is_stopped_) return;
        const auto* torrent = answer ? answer->as_text() : nullptr;
        const auto added = answer ? Result<std::string>(torrent != nullptr ? *torrent : std::string()) : Result<std::string>(answer.error());
        desk_.on_added(key, added, calendar_.unix_time());
        settle();
    };
    const auto asked = control_.call("torrents.add", std::move(add.arguments), std::move(added_by_it), "rule:" + add.rule);
    if (!asked) host_.log(LogLevel::warning, asked.error().text);
}

void RulesService::perform(const Tell& tell)
{
    const auto told = events_.publish(tell.event, tell.payload);
    if (!told) host_.log(LogLevel::warning, told.error().text);
    const auto text = [&tell](std::string_view key) { return text_in(tell.payload, key); };
    if (tell.event == "rule.added") host_.log(LogLevel::info, "rule " + text("rule") + ": added " + text("title"));
    const bool is_forbidden = tell.event == "rule.rejected" && text("why").starts_with("add: ");
    if (is_forbidden) host_.log(LogLevel::info, "rule " + text("rule") + ": " + text("title") + " is not added: " + text("why").substr(5));
    if (tell.event == "rule.failed") host_.log(LogLevel::warning, "rule " + text("rule") + ": " + text("title") + ": " + text("why"));
}

} // namespace shoal::feed_rules
