#include "rss_host.hpp"

#include <shoal/value_crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace shoal::rss::test {
namespace {

// The tables' functions have no other place to find it.
RssHost* current = nullptr;

shoal_status ask_web(const shoal_host*, const shoal_http_request* request, shoal_http_done done, void* user, std::uint64_t* operation)
{
    RssHost::Question question{.url = std::string(from_abi(request->url)), .headers = {}, .local_targets = request->local_targets,
                               .max_redirects = request->max_redirects, .max_body = request->max_body, .done = done, .user = user};
    for (std::uint32_t i = 0; i < request->header_count; ++i) {
        question.headers[std::string(from_abi(request->headers[i].name))] = from_abi(request->headers[i].value);
    }
    current->questions.push_back(std::move(question));
    *operation = current->questions.size();
    return SHOAL_OK;
}

shoal_status cancel_web(const shoal_host*, std::uint64_t) { return SHOAL_OK; }

shoal_status run_job(const shoal_host*, void (*work)(void*), shoal_task done, void* user)
{
    current->jobs.push_back({work, done, user});
    return SHOAL_OK;
}

shoal_status read_kept(const shoal_host*, shoal_text key, shoal_bytes* value)
{
    const auto at = current->kept.find(std::string(from_abi(key)));
    if (at == current->kept.end()) return SHOAL_E_NOT_FOUND;
    *value = to_abi(as_bytes(at->second));
    return SHOAL_OK;
}

shoal_status write_kept(const shoal_host*, shoal_text key, shoal_bytes value)
{
    current->kept[std::string(from_abi(key))] = std::string(as_text(from_abi(value)));
    return SHOAL_OK;
}

shoal_status erase_kept(const shoal_host*, shoal_text key)
{
    current->kept.erase(std::string(from_abi(key)));
    return SHOAL_OK;
}

shoal_status commit_kept(const shoal_host*)
{
    ++current->commits;
    return SHOAL_OK;
}

shoal_status offer_method(const shoal_host*, const shoal_method_schema* schema, shoal_method on_call, void* user)
{
    current->methods[std::string(from_abi(schema->name))] = {on_call, user};
    return SHOAL_OK;
}

shoal_status take_answer(const shoal_host*, std::uint64_t call, shoal_status status, const shoal_value* value)
{
    auto given = value == nullptr ? Result<Value>(Value("cancelled")) : from_abi(*value);
    REQUIRE(given);
    const bool is_text = given->as_text() != nullptr;
    current->answers[call] = status < 0 ? Value("!" + (is_text ? *given->as_text() : std::string())) : given->is_null() ? Value("done") : *given;
    return SHOAL_OK;
}

shoal_status publish_event(const shoal_host*, shoal_text name, const shoal_value* payload)
{
    const auto value = from_abi(*payload);
    REQUIRE(value);
    current->events.emplace_back(std::string(from_abi(name)), *value->as_map());
    return SHOAL_OK;
}

shoal_status declare_event(const shoal_host*, const shoal_event_schema*) { return SHOAL_OK; }

shoal_status integer_setting(const shoal_host*, shoal_text name, std::int64_t* value)
{
    const std::map<std::string, std::int64_t, std::less<>> all{{"interval", 1800}, {"keep", 3}, {"keep_size", 1 << 20}};
    *value = all.at(std::string(from_abi(name)));
    return SHOAL_OK;
}

shoal_status real_setting(const shoal_host*, shoal_text, double*) { return SHOAL_E_ARGUMENT; }

shoal_status text_setting(const shoal_host*, shoal_text, shoal_text* value)
{
    *value = to_abi(current->folder_setting);
    return SHOAL_OK;
}

shoal_status call_plane(const shoal_host*, shoal_text method, const shoal_value*, shoal_called done, void* user, std::uint64_t* number)
{
    CHECK(from_abi(method) == "settings.get");
    current->asked.emplace_back(done, user);
    *number = current->asked.size();
    return SHOAL_OK;
}

shoal_status subscribe(const shoal_host*, shoal_text, shoal_heard, void*, std::uint64_t*) { return SHOAL_E_ARGUMENT; }
shoal_status unsubscribe(const shoal_host*, std::uint64_t) { return SHOAL_E_ARGUMENT; }

constexpr shoal_host_http_v1 web_table{sizeof(shoal_host_http_v1), 0, ask_web, cancel_web};
constexpr shoal_host_workers_v1 jobs_table{sizeof(shoal_host_workers_v1), 0, run_job, nullptr};
constexpr shoal_host_store_v1 kept_table{sizeof(shoal_host_store_v1), 0, read_kept, write_kept, erase_kept, commit_kept, nullptr};
constexpr shoal_host_methods_v1 methods_table{sizeof(shoal_host_methods_v1), 0, offer_method, take_answer};
constexpr shoal_host_events_v1 events_table{sizeof(shoal_host_events_v1), 0, publish_event, declare_event};
constexpr shoal_host_settings_v1 settings_table{sizeof(shoal_host_settings_v1), 0, integer_setting, real_setting, text_setting};
constexpr shoal_host_control_v1 plane_table{sizeof(shoal_host_control_v1), 0, call_plane, subscribe, unsubscribe, nullptr, nullptr, nullptr, nullptr};

} // namespace

shoal_http_response response_of(std::uint32_t status, std::string_view body)
{
    shoal_http_response response{};
    response.struct_size = sizeof response;
    response.http_status = status;
    response.body = to_abi(as_bytes(body));
    return response;
}

std::string feed_of(const Texts& titles)
{
    std::string text = "<rss><channel><title>Invented</title>";
    for (const auto& title : titles) text += "<item><title>" + title + "</title><guid isPermaLink='false'>" + title + "</guid></item>";
    return text + "</channel></rss>";
}

const Value& in(const Value& value, const char* key)
{
    REQUIRE(value.as_map() != nullptr);
    REQUIRE(value.as_map()->find(key) != nullptr);
    return *value.as_map()->find(key);
}

const Value& only(const Value& list)
{
    REQUIRE(list.as_list() != nullptr);
    REQUIRE(list.as_list()->size() == 1);
    return list.as_list()->front();
}

Texts titles_of(const Value& list)
{
    Texts titles;
    REQUIRE(list.as_list() != nullptr);
    for (const auto& item : *list.as_list()) titles.push_back(*in(item, "title").as_text());
    return titles;
}

RssHost::RssHost() : folder_setting(folder / "feeds")
{
    current = this;
    fake.lent_too = {{SHOAL_SERVICE_HTTP, &web_table},       {SHOAL_SERVICE_WORKERS, &jobs_table},     {SHOAL_SERVICE_STORE, &kept_table},
                     {SHOAL_SERVICE_METHODS, &methods_table}, {SHOAL_SERVICE_EVENTS, &events_table}, {SHOAL_SERVICE_SETTINGS, &settings_table},
                     {SHOAL_SERVICE_CONTROL, &plane_table}};
    host = std::make_unique<Host>(fake.raw());
}

RssHost::~RssHost() { stop(); }

void RssHost::start()
{
    service = std::make_unique<RssService>(*host);
    REQUIRE(service->start());
    work();
}

void RssHost::stop()
{
    if (!service) return;
    service->on_stop();
    for (const auto& job : std::exchange(jobs, {})) job.done(job.user, SHOAL_E_CANCELLED);
    const auto nothing = response_of(0);
    for (const auto& question : std::exchange(questions, {})) question.done(question.user, 1, SHOAL_E_CANCELLED, &nothing);
    const Value why("stopped");
    const AbiValue raw(why);
    for (const auto& [done, user] : std::exchange(asked, {})) done(user, 1, SHOAL_E_CANCELLED, raw.pointer());
    fake.run_posted(SHOAL_E_CANCELLED);
    service.reset();
}

void RssHost::work()
{
    for (int turn = 0; turn < 300; ++turn) { // a slice of 100 items a turn
        while (!jobs.empty()) {
            const auto job = jobs.front();
            jobs.pop_front();
            job.work(job.user);
            job.done(job.user, SHOAL_OK);
        }
        fake.run_posted();
    }
}

void RssHost::pass(std::chrono::seconds time)
{
    fake.wait(static_cast<std::uint64_t>(time.count()) * 1'000'000'000);
    work();
}

void RssHost::answer(std::uint32_t status, std::string_view body, const Headers& headers)
{
    REQUIRE_FALSE(questions.empty());
    const auto question = std::move(questions.front());
    questions.pop_front();
    std::vector<shoal_header> raw;
    for (const auto& [name, value] : headers) raw.push_back({to_abi(name), to_abi(value)});
    auto response = response_of(status, body);
    response.url = to_abi(question.url);
    response.headers = raw.data();
    response.header_count = static_cast<std::uint32_t>(raw.size());
    question.done(question.user, 1, SHOAL_OK, &response);
    work();
}

void RssHost::fail(shoal_status status, const std::string& why)
{
    REQUIRE_FALSE(questions.empty());
    const auto question = std::move(questions.front());
    questions.pop_front();
    auto response = response_of(0);
    response.error = to_abi(why);
    question.done(question.user, 1, status, &response);
    work();
}

Value RssHost::call(const std::string& method, const Value::Map& arguments)
{
    const Value given(arguments);
    const AbiValue raw(given);
    const auto [on_call, user] = methods.at(method);
    on_call(user, ++last_call, raw.pointer());
    work();
    return answered();
}

Value RssHost::answered()
{
    const auto at = answers.find(last_call);
    return at == answers.end() ? Value() : at->second;
}

Value RssHost::add(const std::string& url, const std::string& name, std::int64_t every)
{
    Value::Map arguments;
    arguments.set("url", url).set("name", name);
    if (every != 0) arguments.set("every", every);
    return call("feeds.add", arguments);
}

bool RssHost::has_logged(std::string_view part) const
{
    return std::ranges::any_of(fake.logged, [&](const auto& line) { return line.find(part) != line.npos; });
}

std::string RssHost::header(const std::string& name) const
{
    REQUIRE_FALSE(questions.empty());
    const auto at = questions.front().headers.find(name);
    return at == questions.front().headers.end() ? "-" : at->second;
}

std::vector<std::string> RssHost::told(const std::string& event, const std::string& field) const
{
    std::vector<std::string> all;
    for (const auto& [name, payload] : events) {
        const auto* value = name == event ? payload.find(field) : nullptr;
        if (value == nullptr) continue;
        if (const auto* item = value->as_map()) all.push_back(*item->find("title")->as_text());
        else if (const auto* number = value->as_integer()) all.push_back(std::to_string(*number));
        else if (const auto* flag = value->as_bool()) all.push_back(*flag ? "true" : "false");
        else all.push_back(*value->as_text());
    }
    return all;
}

} // namespace shoal::rss::test
