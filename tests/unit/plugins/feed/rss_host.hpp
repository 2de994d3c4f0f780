// A host for the feeds: a web whose answers the test gives, a store that outlives the service, workers whose jobs run when the test
// says so, and time that stands still but for pass().
#pragma once

#include "../layer/fake_host.hpp"

#include "rss_service.hpp"

#include "support/temporary_folder.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::rss::test {

using Map = Value::Map;
using Texts = std::vector<std::string>;

inline constexpr const char* address = "https://feeds.example.org/rss?passkey=s3cr3tk3y";

/// Whose items have their titles as guids.
[[nodiscard]] std::string feed_of(const Texts& titles);
/// What a map has under a key, which has to be there.
[[nodiscard]] const Value& in(const Value& value, const char* key);
/// The one part of a list.
[[nodiscard]] const Value& only(const Value& list);
[[nodiscard]] Texts titles_of(const Value& list);

/// Borrows the body.
[[nodiscard]] shoal_http_response response_of(std::uint32_t status, std::string_view body = {});

struct RssHost {
    RssHost();
    ~RssHost();

    struct Question {
        std::string url;
        std::map<std::string, std::string> headers;
        std::uint32_t local_targets = 0;
        std::uint32_t max_redirects = 0;
        std::uint64_t max_body = 0;
        shoal_http_done done = nullptr;
        void* user = nullptr;
    };
    struct Job {
        void (*work)(void*);
        shoal_task done;
        void* user;
    };
    using Headers = std::vector<std::pair<std::string, std::string>>;

    /// Makes the service and starts it; of an earlier one the store and the files are there.
    void start();
    /// As a host does it: what is under way comes back before the end.
    void stop();
    /// Jobs and posted tasks, until there are none.
    void work();
    void pass(std::chrono::seconds time);

    /// Answers the oldest question.
    void answer(std::uint32_t status, std::string_view body = "", const Headers& headers = {});
    void fail(shoal_status status, const std::string& why);

    /// What a method answers, at once; an error's text is a text that begins with '!'. Null: it has not answered yet.
    Value call(const std::string& method, const Value::Map& arguments = {});
    /// What the last call has answered meanwhile.
    Value answered();
    Value add(const std::string& url, const std::string& name, std::int64_t every = 0);

    [[nodiscard]] bool has_logged(std::string_view part) const;
    /// What is in the oldest question about a header; "-": it is not there.
    [[nodiscard]] std::string header(const std::string& name) const;
    /// Of the events of a kind one field each.
    [[nodiscard]] std::vector<std::string> told(const std::string& event, const std::string& field) const;

    shoal::test::TemporaryFolder folder;
    shoal::test::FakeHost fake;
    std::string folder_setting;
    std::deque<Question> questions;
    std::deque<Job> jobs;
    std::map<std::string, std::string> kept;
    int commits = 0;
    std::vector<std::pair<std::string, Value::Map>> events;
    std::map<std::string, std::pair<shoal_method, void*>> methods;
    std::map<std::uint64_t, Value> answers;
    std::vector<std::pair<shoal_called, void*>> asked; // of the control plane
    std::uint64_t last_call = 0;
    std::unique_ptr<Host> host;
    std::unique_ptr<RssService> service;
};

} // namespace shoal::rss::test
