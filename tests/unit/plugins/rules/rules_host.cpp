#include "rules_host.hpp"

#include <shoal/value_crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>

namespace shoal::feed_rules::test {
namespace {

// The tables' functions have no other place to find it.
RulesHost* rules_host = nullptr;

shoal_status rules_call(const shoal_host*, shoal_text method, const shoal_value* arguments, shoal_called done, void* user, std::uint64_t* number)
{
    auto given = from_abi(*arguments);
    REQUIRE(given);
    const std::string name(from_abi(method));
    if (name == "torrents.add") rules_host->disk_at_add.push_back(rules_host->on_disk);
    rules_host->asked.push_back({name, std::move(*given), done, user, {}});
    *number = rules_host->asked.size();
    return SHOAL_OK;
}

shoal_status rules_call_for(const shoal_host* host, shoal_text cause, shoal_text method, const shoal_value* arguments, shoal_called done, void* user,
                            std::uint64_t* number)
{
    const auto called = rules_call(host, method, arguments, done, user, number);
    rules_host->asked.back().cause = from_abi(cause);
    return called;
}

shoal_status rules_subscribe(const shoal_host*, shoal_text, shoal_heard on_event, void* user, std::uint64_t* number)
{
    rules_host->on_event = on_event;
    rules_host->ear = user;
    *number = 1;
    return SHOAL_OK;
}

shoal_status rules_unsubscribe(const shoal_host*, std::uint64_t)
{
    rules_host->on_event = nullptr;
    return SHOAL_OK;
}

shoal_status rules_read(const shoal_host*, shoal_text key, shoal_bytes* value)
{
    const auto at = rules_host->kept.find(std::string(from_abi(key)));
    if (at == rules_host->kept.end()) return SHOAL_E_NOT_FOUND;
    *value = to_abi(as_bytes(at->second));
    return SHOAL_OK;
}

shoal_status rules_write(const shoal_host*, shoal_text key, shoal_bytes value)
{
    rules_host->kept[std::string(from_abi(key))] = std::string(as_text(from_abi(value)));
    return SHOAL_OK;
}

shoal_status rules_erase(const shoal_host*, shoal_text key)
{
    rules_host->kept.erase(std::string(from_abi(key)));
    return SHOAL_OK;
}

shoal_status rules_commit(const shoal_host*)
{
    rules_host->on_disk = rules_host->kept;
    return SHOAL_OK;
}

shoal_status rules_offer(const shoal_host*, const shoal_method_schema* schema, shoal_method on_call, void* user)
{
    rules_host->methods[std::string(from_abi(schema->name))] = {on_call, user};
    return SHOAL_OK;
}

shoal_status rules_answer(const shoal_host*, std::uint64_t, shoal_status status, const shoal_value* value)
{
    auto given = value == nullptr ? Result<Value>(Value{}) : from_abi(*value);
    REQUIRE(given);
    const auto* text = given->as_text();
    if (status >= 0) rules_host->answered = std::move(*given);
    else rules_host->answered = Result<Value>(make_error(to_errc(status), text != nullptr ? *text : "no text"));
    return SHOAL_OK;
}

constexpr shoal_host_control_v1 rules_control{sizeof(shoal_host_control_v1), 0, rules_call, rules_subscribe, rules_unsubscribe, nullptr, nullptr, nullptr, rules_call_for};
constexpr shoal_host_store_v1 rules_store{sizeof(shoal_host_store_v1), 0, rules_read, rules_write, rules_erase, rules_commit, nullptr};
constexpr shoal_host_methods_v1 rules_methods{sizeof(shoal_host_methods_v1), 0, rules_offer, rules_answer};

} // namespace

RulesHost::RulesHost(std::map<std::string, std::string> before) : kept(before), on_disk(std::move(before))
{
    rules_host = this;
    fake.lent_too = {{SHOAL_SERVICE_CONTROL, &rules_control}, {SHOAL_SERVICE_STORE, &rules_store}, {SHOAL_SERVICE_METHODS, &rules_methods}};
    host = std::make_unique<Host>(fake.raw());
    service = std::make_unique<RulesService>(*host);
}

RulesHost::~RulesHost()
{
    rules_host = this;
    service->on_stop();
    const Value why("stopped");
    const AbiValue raw(why);
    while (!asked.empty()) { // whoever hears that asks for more
        for (const auto& one : std::exchange(asked, {})) one.done(one.user, 0, SHOAL_E_CANCELLED, raw.pointer());
    }
    fake.run_posted(SHOAL_E_CANCELLED);
    service.reset();
}

void RulesHost::start()
{
    REQUIRE(service->start());
}

void RulesHost::wait(std::int64_t seconds)
{
    fake.wait(static_cast<std::uint64_t>(seconds) * 1'000'000'000);
    fake.run_posted();
}

void RulesHost::hear(const Value::Map& item)
{
    REQUIRE(on_event != nullptr);
    const Value payload(Value::Map{}.set("feed", "daily").set("item", item).set("is_first", false));
    const AbiValue raw(payload);
    on_event(ear, 1, to_abi("rss.item"), raw.pointer());
}

void RulesHost::answer(const std::string& method, const Value& with, shoal_status status)
{
    const auto at = std::ranges::find(asked, method, &Asked::method);
    REQUIRE(at != asked.end());
    const auto one = std::move(*at);
    asked.erase(at);
    const AbiValue raw(with);
    one.done(one.user, 1, status, raw.pointer());
}

std::size_t RulesHost::asked_for(const std::string& method) const
{
    return static_cast<std::size_t>(std::ranges::count(asked, method, &Asked::method));
}

const Value::Map& RulesHost::arguments_of(const std::string& method) const
{
    const auto at = std::ranges::find(asked, method, &Asked::method);
    REQUIRE(at != asked.end());
    return *at->arguments.as_map();
}

std::optional<Result<Value>> RulesHost::call(const std::string& method, Value::Map arguments)
{
    REQUIRE(methods.contains(method));
    answered.reset();
    const Value given(std::move(arguments));
    const AbiValue raw(given);
    methods.at(method).function(methods.at(method).user, 1, raw.pointer());
    return answered;
}

} // namespace shoal::feed_rules::test
