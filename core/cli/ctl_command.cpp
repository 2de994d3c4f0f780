#include "cli/ctl_command.hpp"

#include "cli/ctl_arguments.hpp"
#include "cli/ctl_text.hpp"
#include "cli/daemon_answer.hpp"
#include "cli/keyboard.hpp"
#include "cli/search_text.hpp"
#include "control/json.hpp"
#include "rpc/client.hpp"
#include "rpc/own_methods.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <csignal>
#include <ctime>
#include <memory>
#include <optional>
#include <ostream>

namespace shoal::cli {

namespace {

using control::Value;

// The declared type of each argument of a method.
std::optional<std::string_view> type_of(const Value& method, std::string_view argument)
{
    const auto* map = method.as_map();
    const auto* all = map != nullptr ? map->find("arguments") : nullptr;
    const auto* list = all != nullptr ? all->as_list() : nullptr;
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        const auto* field = (*list)[i].as_map();
        const auto* name = field != nullptr ? field->find("name") : nullptr;
        const auto* type = field != nullptr ? field->find("type") : nullptr;
        if (name == nullptr || type == nullptr || type->as_text() == nullptr || *name != Value(argument)) continue;
        return *type->as_text();
    }
    return std::nullopt;
}

// A name of digits alone is a text where a text is wanted.
Value::Map typed_arguments(const std::vector<std::string>& words, const Value& method)
{
    Value::Map arguments;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        const auto text = word.substr(equals + 1);
        arguments.set(name, type_of(method, name) == "text" ? Value(text) : typed_value(text));
    }
    return arguments;
}

// One connection to the daemon, and what is done over it.
class Errand {
public:
    Errand(Program& program, const CtlRequest& request) : program_(program), request_(request)
    {
        for (const int number : {SIGINT, SIGTERM}) {
            program_.live.loop().on_signal(number, [interrupted = is_interrupted_] { *interrupted = true; });
        }
    }

    ExitCode run()
    {
        auto stream = daemon_connection(program_, request_.socket);
        if (!stream) return fail(stream.error());
        client_.emplace(std::move(*stream), [this](const rpc::Event& event) { show_event(event); });
        client_->introduce(rpc::command_line);
        ExitCode code = ExitCode::ok;
        for (const auto& call : request_.calls) {
            const auto outcome = run(call);
            auto one = outcome ? show(*outcome) : fail(outcome.error());
            if (outcome && request_.added_line) one = add_found(*outcome, *request_.added_line);
            if (code == ExitCode::ok) code = one;
            if (*is_interrupted_ || client_->end()) return code;
        }
        return request_.events.empty() ? code : watch();
    }

private:
    ExitCode fail(const Error& error)
    {
        program_.err << "shoal: " << printable(error.text) << std::endl;
        return exit_code_of(error);
    }

    Result<Value> run(const CtlCall& call)
    {
        auto arguments = call.arguments;
        if (!call.typed.empty()) {
            const auto method = ask("rpc.methods", Value::Map{}.set("name", call.method));
            if (!method) return method;
            arguments = typed_arguments(call.typed, *method);
        }
        return ask(call.method, std::move(arguments));
    }

    Result<Value> ask(const std::string& method, Value::Map arguments)
    {
        std::optional<Result<Value>> answer;
        client_->call(method, std::move(arguments), [&](Result<Value> given) { answer = std::move(given); });
        program_.live.loop().run_until([&] { return answer.has_value() || *is_interrupted_; });
        if (answer) return std::move(*answer);
        client_.reset();  // which has our answer's place
        return make_error(Errc::cancelled, "interrupted");
    }

    ExitCode add_found(const Value& answer, std::size_t line)
    {
        const auto source = found_source(answer, line);
        if (!source) return fail(make_error(Errc::not_found, fmt::format("line {} names nothing that can be added", line)));
        const auto added = ask("torrents.add", Value::Map{}.set("source", *source));
        if (!added) return fail(added.error());
        if (request_.is_json) program_.out << control::to_json(*added) << '\n';
        else program_.out << plain_text(*added, terminal_columns());
        program_.out.flush();
        return ExitCode::ok;
    }

    ExitCode watch()
    {
        Value::List events(request_.events.begin(), request_.events.end());
        const auto subscribed = ask("rpc.subscribe", Value::Map{}.set("events", std::move(events)));
        if (!subscribed) return fail(subscribed.error());
        program_.live.loop().run_until([&] { return client_->end().has_value() || *is_interrupted_; });
        return *is_interrupted_ ? ExitCode::interrupted : fail(*client_->end());
    }

    ExitCode show(const Value& answer)
    {
        if (request_.is_json) program_.out << control::to_json(answer) << '\n';
        else program_.out << text_of(answer);
        program_.out.flush();
        return ExitCode::ok;
    }

    std::string text_of(const Value& answer) const
    {
        const auto width = terminal_columns();
        const auto* list = answer.as_list();
        if (request_.view == CtlView::methods) return methods_text(answer);
        if (request_.view == CtlView::search || request_.view == CtlView::search_with_urls) {
            return search_text(answer, width, request_.view == CtlView::search_with_urls, std::time(nullptr));
        }
        if (request_.view == CtlView::page && answer.as_text() != nullptr) return page_text(*answer.as_text());
        if (list == nullptr) return plain_text(answer, width);
        const bool chooses = request_.view == CtlView::torrents && request_.columns.empty();
        return table_text(*list, chooses ? torrent_columns(*list) : request_.columns, width);
    }

    void show_event(const rpc::Event& event)
    {
        if (request_.is_json) {
            Value::Map record;
            record.set("event", event.name);
            for (std::size_t i = 0; i < event.payload.size(); ++i) record.set(event.payload.keys()[i], event.payload.values()[i]);
            program_.out << control::to_json(record) << '\n';
        } else {
            program_.out << event_text(event.name, event.payload) << '\n';
        }
        program_.out.flush();
    }

    Program& program_;
    const CtlRequest& request_;
    std::shared_ptr<bool> is_interrupted_ = std::make_shared<bool>(false);  // the loop's handlers outlive us
    std::optional<rpc::Client> client_;
};

}  // namespace

ExitCode ctl(Program& program, const CtlRequest& request)
{
    return Errand(program, request).run();
}

}  // namespace shoal::cli
