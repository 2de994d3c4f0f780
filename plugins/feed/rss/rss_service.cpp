#include "rss_service.hpp"

#include "schemas.hpp"

#include <shoal/value_crossing.hpp>

#include <filesystem>
#include <utility>

namespace shoal::rss {

RssService::RssService(Host& host)
    : host_(host), settings_(host.settings()), control_(host), events_(host.events()), workers_(host.workers()), methods_(host.methods()),
      memory_(host.store()), fetcher_(host), feeds_(host, *this, fetcher_, memory_), searches_(host, fetcher_)
{
    offer(add_schema(), &RssService::add);
    offer(remove_schema(), &RssService::remove);
    offer(list_schema(), &RssService::list);
    offer(refresh_schema(), &RssService::refresh);
    offer(items_schema(), &RssService::items);
    offer(load_schema(), &RssService::load);
    offer(parse_schema(), &RssService::parse);
    offer(bodies_schema(), &RssService::bodies);
    offer(search_schema(), &RssService::search);
    for (const auto& event : {item_event(), error_event(), refreshed_event()}) {
        if (const auto declared = events_.declare(event); !declared) host_.log(LogLevel::warning, declared.error().text);
    }
}

void RssService::offer(const MethodSchema& schema, Method method)
{
    const auto offered = methods_.offer(schema, [this, method](const Value::Map& arguments, Answer answer) {
        (this->*method)(arguments, std::move(answer));
    });
    if (!offered) host_.log(LogLevel::warning, offered.error().text);
}

// The feeds are there at once, and read when it is known where their bodies are kept.
Result<void> RssService::start()
{
    for (auto& definition : memory_.definitions()) {
        const auto name = definition.name;
        const auto added = declarations_.add(std::move(definition));
        if (!added) host_.log(LogLevel::warning, "feed " + name + ": " + added.error().text);
    }
    feeds_.set(declarations_.all());
    if (const std::string folder(settings_.text("folder")); !folder.empty()) {
        begin(folder);
        return {};
    }
    return control_.call("settings.get", Value::Map{}.set("name", "folders.state"), [this](const Result<Value>& answer) {
        if (is_stopped_) return;
        const auto* setting = answer ? answer->as_map() : nullptr;
        const auto* value = setting != nullptr ? setting->find("value") : nullptr;
        const auto* state = value != nullptr ? value->as_text() : nullptr;
        if (state == nullptr) host_.log(LogLevel::info, "the bodies of feeds are not kept: nobody says where (plugins.rss.folder)");
        begin(state != nullptr ? (std::filesystem::path(*state) / "feeds").string() : std::string());
    });
}

void RssService::begin(const std::string& folder)
{
    const Bodies::Limits limits{.count = static_cast<std::size_t>(settings_.integer("keep")),
                                .octets = static_cast<std::uint64_t>(settings_.integer("keep_size"))};
    const auto interval = std::chrono::seconds(settings_.integer("interval"));
    feeds_.begin(interval, folder.empty() ? std::nullopt : std::optional(Bodies(folder, limits)));
}

std::string_view RssService::summary()
{
    const auto count = feeds_.all().size();
    summary_ = std::to_string(count) + (count == 1 ? " feed" : " feeds");
    return summary_;
}

void RssService::on_stop()
{
    is_stopped_ = true;
    searches_.stop();
    feeds_.stop();
    fetcher_.stop();
}

// ---- events ---------------------------------------------------------------------------------------------------------------

// It fails only while everything ends; so do the others.
void RssService::on_item(const std::string& feed, const Item& item, bool is_first)
{
    const auto value = to_value(item, feed);
    const AbiValue raw(value);
    static_cast<void>(events_.publish("rss.item", {field("feed", feed), {to_abi("item"), *raw.pointer()}, field("is_first", is_first)}));
}

void RssService::on_refreshed(const ReadReport& report)
{
    static_cast<void>(events_.publish("rss.refreshed", {field("feed", report.feed), field("items", report.items), field("new", report.fresh)}));
}

void RssService::on_error(const std::string& feed, const std::string& why)
{
    static_cast<void>(events_.publish("rss.error", {field("feed", feed), field("why", why)}));
}

} // namespace shoal::rss
