#include "service_host.hpp"

#include <shoal/value_crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

namespace shoal::script_lua::test {
namespace {

// The tables' functions have no other place to find it.
ServiceHost* current = nullptr;

// As the control plane would: what there is, and what tests tell.
void answer_events(shoal_called done, void* user)
{
    Value::List events;
    for (const auto* name : {"torrent.added", "torrent.finished", "torrent.removed", "disk.error", "go"}) events.emplace_back(Value::Map{}.set("name", name));
    const Value all(std::move(events));
    const AbiValue raw(all);
    done(user, 0, SHOAL_OK, raw.pointer());
}

shoal_status call(const shoal_host*, shoal_text method, const shoal_value* arguments, shoal_called done, void* user, std::uint64_t* number)
{
    auto given = from_abi(*arguments);
    REQUIRE(given);
    if (from_abi(method) == "events.list") return answer_events(done, user), SHOAL_OK;
    current->asked.push_back({std::string(from_abi(method)), std::move(*given), done, user, {}, current->attending.size()});
    *number = current->asked.size();
    return SHOAL_OK;
}

shoal_status call_for(const shoal_host* host, shoal_text cause, shoal_text method, const shoal_value* arguments, shoal_called done, void* user,
                      std::uint64_t* number)
{
    const auto called = call(host, method, arguments, done, user, number);
    if (!current->asked.empty()) current->asked.back().cause = from_abi(cause);
    return called;
}

shoal_status subscribe(const shoal_host*, shoal_text, shoal_heard on_event, void* user, std::uint64_t* number)
{
    current->on_event = on_event;
    current->ear = user;
    *number = 1;
    return SHOAL_OK;
}

shoal_status unsubscribe(const shoal_host*, std::uint64_t)
{
    current->on_event = nullptr;
    return SHOAL_OK;
}

shoal_status attend(const shoal_host*, shoal_text hook, std::int32_t priority, shoal_asked on_question, void* user, std::uint64_t* number)
{
    *number = ++current->last_attendance;
    current->attending[*number] = {std::string(from_abi(hook)) + " " + std::to_string(priority), on_question, user};
    return SHOAL_OK;
}

shoal_status leave(const shoal_host*, std::uint64_t number) { return current->attending.erase(number) == 1 ? SHOAL_OK : SHOAL_E_STALE; }

shoal_status decide(const shoal_host*, std::uint64_t, shoal_status status, const shoal_value* answer)
{
    auto given = answer == nullptr ? Result<Value>(Value{}) : from_abi(*answer);
    REQUIRE(given);
    current->decided.push_back({status, std::move(*given)});
    return SHOAL_OK;
}

shoal_status run(const shoal_host*, void (*work)(void*), shoal_task done, void* user)
{
    current->jobs.push_back({work, done, user});
    return SHOAL_OK;
}

shoal_status read(const shoal_host*, shoal_text key, shoal_bytes* value)
{
    const auto at = current->kept.find(std::string(from_abi(key)));
    if (at == current->kept.end()) return SHOAL_E_NOT_FOUND;
    *value = to_abi(as_bytes(at->second));
    return SHOAL_OK;
}

shoal_status write(const shoal_host*, shoal_text key, shoal_bytes value)
{
    current->kept[std::string(from_abi(key))] = std::string(as_text(from_abi(value)));
    return SHOAL_OK;
}

shoal_status erase(const shoal_host*, shoal_text key)
{
    current->kept.erase(std::string(from_abi(key)));
    return SHOAL_OK;
}

shoal_status commit(const shoal_host*) { return SHOAL_OK; }

shoal_status list_keys(const shoal_host*, shoal_text prefix, shoal_text after, shoal_text* keys, std::uint32_t capacity, std::uint32_t* count)
{
    ++current->pages_of_keys;
    *count = 0;
    for (const auto& [key, value] : current->kept) {
        if (*count < capacity && key > from_abi(after) && key.starts_with(from_abi(prefix))) keys[(*count)++] = to_abi(key);
    }
    return SHOAL_OK;
}

shoal_status offer(const shoal_host*, const shoal_method_schema* schema, shoal_method on_call, void* user)
{
    current->offered[std::string(from_abi(schema->name))] = {on_call, user};
    return SHOAL_OK;
}

shoal_status answer_call(const shoal_host*, std::uint64_t call, shoal_status status, const shoal_value* value)
{
    auto given = value == nullptr ? Result<Value>(Value{}) : from_abi(*value);
    REQUIRE(given);
    current->answered.push_back({call, status, std::move(*given)});
    return SHOAL_OK;
}

shoal_status no_number(const shoal_host*, shoal_text, std::int64_t*) { return SHOAL_E_ARGUMENT; }
shoal_status no_real(const shoal_host*, shoal_text, double*) { return SHOAL_E_ARGUMENT; }

shoal_status text_setting(const shoal_host*, shoal_text name, shoal_text* value)
{
    const auto asked = std::string(from_abi(name));
    *value = to_abi(asked == "folder" ? current->folder_setting : current->texts[asked]);
    return SHOAL_OK;
}

shoal_status request(const shoal_host*, const shoal_http_request* asked, shoal_http_done done, void* user, std::uint64_t* operation)
{
    ServiceHost::WebRequest one{std::string(from_abi(asked->url)),
                                std::string(from_abi(asked->method)),
                                {},
                                std::string(as_text(from_abi(asked->body))),
                                asked->max_body,
                                asked->local_targets,
                                done,
                                user};
    for (std::uint32_t i = 0; i < asked->header_count; ++i) {
        one.headers[std::string(from_abi(asked->headers[i].name))] = std::string(from_abi(asked->headers[i].value));
    }
    CHECK(asked->max_redirects == 0);
    current->web.push_back(std::move(one));
    *operation = current->web.size();
    return SHOAL_OK;
}

shoal_status cancel_request(const shoal_host*, std::uint64_t) { return SHOAL_OK; }

constexpr shoal_host_control_v1 control_table{sizeof(shoal_host_control_v1), 0, call, subscribe, unsubscribe, attend, leave, decide, call_for};
constexpr shoal_host_http_v1 http_table{sizeof(shoal_host_http_v1), 0, request, cancel_request};
constexpr shoal_host_workers_v1 workers_table{sizeof(shoal_host_workers_v1), 0, run, nullptr};
constexpr shoal_host_store_v1 store_table{sizeof(shoal_host_store_v1), 0, read, write, erase, commit, list_keys};
constexpr shoal_host_methods_v1 methods_table{sizeof(shoal_host_methods_v1), 0, offer, answer_call};
constexpr shoal_host_settings_v1 settings_table{sizeof(shoal_host_settings_v1), 0, no_number, no_real, text_setting};

} // namespace

ServiceHost::ServiceHost() : folder_setting(folder / "scripts")
{
    current = this;
    std::filesystem::create_directories(folder / "scripts");
    fake.lent_too = {{SHOAL_SERVICE_CONTROL, &control_table}, {SHOAL_SERVICE_WORKERS, &workers_table}, {SHOAL_SERVICE_STORE, &store_table},
                     {SHOAL_SERVICE_HTTP, &http_table},
                     {SHOAL_SERVICE_METHODS, &methods_table}, {SHOAL_SERVICE_SETTINGS, &settings_table}};
    host = std::make_unique<Host>(fake.raw());
}

// As a host does it: what is under way comes back before the end.
ServiceHost::~ServiceHost()
{
    if (!service) return;
    service->on_stop();
    for (const auto& job : std::exchange(jobs, {})) job.done(job.user, SHOAL_E_CANCELLED);
    const Value why("stopped");
    const AbiValue raw(why);
    for (const auto& one : std::exchange(asked, {})) one.done(one.user, 0, SHOAL_E_CANCELLED, raw.pointer());
    while (!web.empty()) fail_web(SHOAL_E_CANCELLED, "stopped");
    service.reset();
}

void ServiceHost::start()
{
    service = std::make_unique<ScriptService>(*host);
    REQUIRE(service->start());
    work();
}

void ServiceHost::write(const std::string& name, const std::string& text)
{
    const auto path = std::filesystem::path(folder / "scripts") / name;
    std::ofstream(path, std::ios::binary) << text;
    std::filesystem::last_write_time(path, std::filesystem::file_time_type{} + std::chrono::seconds(++versions));
}

void ServiceHost::look()
{
    fake.wait(2'000'000'000);
    work();
}

void ServiceHost::work(int most)
{
    for (; most > 0 && !jobs.empty(); --most) {
        const auto job = jobs.front();
        jobs.pop_front();
        job.work(job.user);
        job.done(job.user, SHOAL_OK);
    }
}

void ServiceHost::tell(const std::string& event, const Value::Map& payload)
{
    REQUIRE(on_event != nullptr);
    const Value value(payload);
    const AbiValue raw(value);
    on_event(ear, 1, to_abi(event), raw.pointer());
}

void ServiceHost::publish(const std::string& event, const Value::Map& payload)
{
    tell(event, payload);
    work();
}

void ServiceHost::answer(const Value& with, shoal_status status)
{
    REQUIRE_FALSE(asked.empty());
    const auto first = std::move(asked.front());
    asked.pop_front();
    const AbiValue raw(with);
    first.done(first.user, 1, status, raw.pointer());
    work();
}

void ServiceHost::answer_web(std::uint32_t status, const std::string& body, const std::map<std::string, std::string>& headers)
{
    REQUIRE_FALSE(web.empty());
    const auto first = std::move(web.front());
    web.pop_front();
    std::vector<shoal_header> raw;
    for (const auto& [name, value] : headers) raw.push_back({to_abi(name), to_abi(value)});
    shoal_http_response response{};
    response.struct_size = sizeof response;
    response.http_status = status;
    response.url = to_abi(first.url);
    response.headers = raw.data();
    response.header_count = static_cast<std::uint32_t>(raw.size());
    response.body = to_abi(as_bytes(body));
    first.done(first.user, 1, SHOAL_OK, &response);
    work();
}

void ServiceHost::fail_web(shoal_status status, const std::string& why)
{
    REQUIRE_FALSE(web.empty());
    const auto first = std::move(web.front());
    web.pop_front();
    shoal_http_response response{};
    response.struct_size = sizeof response;
    response.error = to_abi(why);
    first.done(first.user, 1, status, &response);
    work();
}

void ServiceHost::settle()
{
    for (int i = 0; i < 20; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        fake.wait(5'000'000);
        work();
    }
}

bool ServiceHost::wait_for(std::string_view logged)
{
    for (int i = 0; i < 100 && !has_logged(logged); ++i) settle();
    return has_logged(logged);
}

std::vector<std::string> ServiceHost::hooks() const
{
    std::vector<std::string> all;
    for (const auto& [number, attendance] : attending) all.push_back(attendance.hook);
    return all;
}

void ServiceHost::put_question(const std::string& hook, const Value::Map& question)
{
    const auto at = std::ranges::find_if(attending, [&](const auto& one) { return one.second.hook == hook; });
    REQUIRE(at != attending.end());
    const Value value(question);
    const AbiValue raw(value);
    const auto name = hook.substr(0, hook.find(' '));
    at->second.on_question(at->second.user, 1, to_abi(name), raw.pointer());
    work();
}

int ServiceHost::count_logged(std::string_view part) const
{
    return static_cast<int>(std::ranges::count_if(fake.logged, [&](const auto& line) { return line.find(part) != line.npos; }));
}

bool ServiceHost::has_logged(std::string_view part) const { return count_logged(part) > 0; }

void ServiceHost::begin(const std::string& method, Value::Map arguments)
{
    REQUIRE(offered.contains(method));
    const auto& [on_call, user] = offered.at(method);
    const Value given(std::move(arguments));
    const AbiValue raw(given);
    on_call(user, ++calls, raw.pointer());
}

void ServiceHost::call(const std::string& method, Value::Map arguments)
{
    begin(method, std::move(arguments));
    work();
}

Value ServiceHost::list()
{
    call("scripts.list");
    return answered.back().value;
}

} // namespace shoal::script_lua::test
