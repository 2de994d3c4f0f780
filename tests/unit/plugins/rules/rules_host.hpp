// A host for the rules service: a control plane that notes what it is asked, a store whose disk is behind until it is told, methods that the
// test calls.
#pragma once

#include "../layer/fake_host.hpp"

#include "rules_service.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::feed_rules::test {

struct RulesHost {
    explicit RulesHost(std::map<std::string, std::string> kept = {});
    ~RulesHost();

    struct Asked {
        std::string method;
        Value arguments;
        shoal_called done;
        void* user;
        std::string cause;
    };

    void start();
    /// Lets time pass, and runs what was posted.
    void wait(std::int64_t seconds);
    /// A feed lists something new.
    void hear(const Value::Map& item);
    /// Answers the oldest call of that method.
    void answer(const std::string& method, const Value& with, shoal_status status = SHOAL_OK);
    [[nodiscard]] std::size_t asked_for(const std::string& method) const;
    [[nodiscard]] const Value::Map& arguments_of(const std::string& method) const;
    /// Calls a method of the service; nothing when it has not answered.
    std::optional<Result<Value>> call(const std::string& method, Value::Map arguments = {});
    /// What a call that was not answered got since.
    std::optional<Result<Value>> answered;

    shoal::test::FakeHost fake;
    std::deque<Asked> asked;
    std::map<std::string, std::string> kept;
    std::map<std::string, std::string> on_disk;
    std::vector<std::map<std::string, std::string>> disk_at_add; // what was on the disk when torrents.add was asked for
    struct Method {
        shoal_method function;
        void* user;
    };
    std::map<std::string, Method> methods;
    shoal_heard on_event = nullptr;
    void* ear = nullptr;
    std::unique_ptr<Host> host;
    std::unique_ptr<RulesService> service;
};

} // namespace shoal::feed_rules::test
