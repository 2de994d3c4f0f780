// A host for the script service: a control plane that notes what it is asked, a store, and workers whose jobs run when the test says so.
#pragma once

#include "../layer/fake_host.hpp"

#include "script_service.hpp"

#include "support/temporary_folder.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace shoal::script_lua::test {

struct ServiceHost {
    ServiceHost();
    ~ServiceHost();

    struct Asked {
        std::string method;
        Value arguments;
        shoal_called done;
        void* user;
        std::string cause;
        std::size_t attending; // handlers of hooks, then
    };
    struct Job {
        void (*work)(void*);
        shoal_task done;
        void* user;
    };

    struct WebRequest {
        std::string url;
        std::string method;
        std::map<std::string, std::string> headers;
        std::string body;
        std::uint64_t max_body;
        std::uint32_t local_targets;
        shoal_http_done done;
        void* user;
    };

    void start();
    /// Writes a script, newer than the one before.
    void write(const std::string& name, const std::string& text);
    /// The service looks at its folder, and everything that follows from it.
    void look();
    /// Jobs, until there are none, or so many of them.
    void work(int most = 1'000'000);
    /// Something happens, and nobody works yet.
    void tell(const std::string& event, const Value::Map& payload = {});
    void publish(const std::string& event, const Value::Map& payload = {});
    /// Answers the oldest call.
    void answer(const Value& with, shoal_status status = SHOAL_OK);
    /// Answers the oldest request to a web server.
    void answer_web(std::uint32_t status, const std::string& body, const std::map<std::string, std::string>& headers = {});
    void fail_web(shoal_status status, const std::string& why);
    /// What programs do takes real time: lets it pass until something was logged.
    bool wait_for(std::string_view logged);
    /// A tenth of a second of it.
    void settle();
    /// The hooks that are attended, each with its priority: "before.add 50".
    [[nodiscard]] std::vector<std::string> hooks() const;
    /// Puts a question to whoever attends it; what was decided is in `decided`.
    void put_question(const std::string& hook, const Value::Map& question);
    [[nodiscard]] bool has_logged(std::string_view part) const;
    [[nodiscard]] int count_logged(std::string_view part) const;
    /// Calls a method of the service's and lets it work; what it answers so far is in `answered`.
    void call(const std::string& method, Value::Map arguments = {});
    /// The same, and nobody works yet.
    void begin(const std::string& method, Value::Map arguments = {});
    /// What scripts.list answers.
    Value list();

    shoal::test::TemporaryFolder folder;
    shoal::test::FakeHost fake;
    std::string folder_setting;
    std::deque<Asked> asked;
    std::deque<Job> jobs;
    std::deque<WebRequest> web;
    std::map<std::string, std::string> texts; // other settings
    std::map<std::string, std::string> kept;
    int pages_of_keys = 0; // that were asked for
    shoal_heard on_event = nullptr;
    void* ear = nullptr;
    struct Offered {
        shoal_method on_call;
        void* user;
    };
    std::map<std::string, Offered> offered;
    struct Answered {
        std::uint64_t call;
        shoal_status status;
        Value value;
    };
    std::vector<Answered> answered;
    struct Attendance {
        std::string hook;
        shoal_asked on_question;
        void* user;
    };
    struct Decision {
        shoal_status status;
        Value answer;
    };
    std::map<std::uint64_t, Attendance> attending;
    std::uint64_t last_attendance = 0;
    std::vector<Decision> decided;
    std::uint64_t calls = 0;
    int versions = 0;
    std::unique_ptr<Host> host;
    std::unique_ptr<ScriptService> service;
};

} // namespace shoal::script_lua::test
