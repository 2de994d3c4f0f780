#include "wishes.hpp"

#include "granted_files.hpp"
#include "json.hpp"
#include "web_address.hpp"

#include <shoal/utf8.hpp>

#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

namespace shoal::script_lua {
namespace {

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words;
    for (auto at = text.find_first_not_of(" \t"); at != text.npos; at = text.find_first_not_of(" \t")) {
        text.remove_prefix(at);
        words.emplace_back(text.substr(0, text.find_first_of(" \t")));
        text.remove_prefix(words.back().size());
    }
    return words;
}

std::string text_or(const Value::Map& map, std::string_view key, const std::string& otherwise)
{
    const auto* value = map.find(key);
    return value == nullptr || value->as_text() == nullptr ? otherwise : *value->as_text();
}

// What a program that shows something on a screen needs to find it.
std::map<std::string, std::string> desktop_environment()
{
    std::map<std::string, std::string> found;
    for (const auto* name : {"DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "HOME", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"}) {
        if (const char* value = std::getenv(name)) found.emplace(name, value);
    }
    return found;
}

// No name of a torrent is an option of the program.
std::string as_operand(std::string text)
{
    if (text.starts_with('-')) text.insert(text.begin(), ' ');
    return text;
}

// How many of the places where people are told something have been told.
struct Telling {
    int left = 0;
    int told = 0;
    std::string why;
    Wishes::Done done;

    void end(const std::string& problem)
    {
        if (problem.empty()) ++told;
        else why = problem;
        if (--left > 0) return;
        if (told == 0) return done(make_error(Errc::network_error, why));
        done(Value(Value::Map{}.set("sent", told)));
    }
};

} // namespace

Wishes::Wishes(Host& host)
    : control_(host), store_(host), workers_(host.workers()), settings_(host.settings()), web_(host), programs_(host)
{
    for (const auto& url : words_of(settings_.text("notify_urls"))) {
        const auto address = WebAddress::parse(url);
        if (!address) host.log(LogLevel::error, "plugins.lua.notify_urls: " + printable(url) + " is not told anything: " + address.error().text);
    }
}

void Wishes::stop()
{
    store_.stop();
    web_.stop();
    file_turns_.clear();
    programs_.stop();
}

void Wishes::grant(const Wisher& wisher, const Wish& wish, Done done)
{
    const auto* map = wish.value.as_map();
    switch (wish.kind) {
    case Wish::Kind::call: {
        const auto answered = [done](const Result<Value>& given) { done(given); };
        const auto called = control_.call(wish.name, *map, answered, "script:" + wisher.name);
        return called ? void() : done(called.error());
    }
    case Wish::Kind::read:
    case Wish::Kind::write:
    case Wish::Kind::erase:
    case Wish::Kind::count:
    case Wish::Kind::keys: return done(store_.carry_out(wisher.name, wish));
    case Wish::Kind::web: return web_.ask(wisher.grants, *map, std::move(done));
    case Wish::Kind::file: return carry_out_in_files(wisher, wish, std::move(done));
    case Wish::Kind::program: return programs_.run(*wisher.grants, wisher.is_over, *map, std::move(done));
    case Wish::Kind::notice: return notify(wisher, *map, std::move(done));
    }
}

struct Wishes::FileErrand {
    FileErrand(const Wisher& who, Value asked, Done whom) : wisher(who), what(std::move(asked)), done(std::move(whom)) {}

    Wisher wisher;
    Value what;
    Done done;
    GrantedFiles files{*wisher.grants, *wisher.is_over};
    std::optional<Result<Value>> answer{}; // nothing: there is more to do
};

void Wishes::carry_out_in_files(const Wisher& wisher, const Wish& wish, Done done)
{
    auto errand = std::make_shared<FileErrand>(wisher, wish.value, std::move(done));
    file_turns_.enter([this, errand] { go_on(errand); });
}

// Jobs on the worker come one after the other, those of all scripts: a large copy is many of them.
void Wishes::go_on(const std::shared_ptr<FileErrand>& errand)
{
    const auto finish = [this, errand](const Result<Value>& given) {
        errand->done(given);
        file_turns_.leave();
    };
    const auto ran = workers_.run([errand] { errand->answer = errand->files.go_on(*errand->what.as_map()); },
                                  [this, errand, finish](const Result<void>& result) {
                                      if (!result) return finish(result.error());
                                      if (!errand->answer) return go_on(errand);
                                      finish(*errand->answer);
                                  });
    if (!ran) finish(ran.error());
}

// The user has set where to; that a script may is a grant.
void Wishes::notify(const Wisher& wisher, const Value::Map& what, Done done)
{
    if (!wisher.grants->has("notify")) {
        return done(make_error(Errc::permission_denied, "to notify people is not granted; " + grant_line("notify")));
    }
    auto urls = words_of(settings_.text("notify_urls"));
    std::erase_if(urls, [](const auto& url) { return !WebAddress::parse(url); }); // the log says so
    const std::string command(settings_.text("notify_command"));
    const auto telling = std::make_shared<Telling>();
    telling->left = static_cast<int>(urls.size()) + (command.empty() ? 0 : 1);
    telling->done = std::move(done);
    if (telling->left == 0) {
        return telling->done(make_error(Errc::unsupported, "nobody is to be told: set plugins.lua.notify_urls or plugins.lua.notify_command"));
    }
    auto message = what;
    message.set("script", wisher.name);
    for (const auto& url : urls) {
        web_.tell(url, to_json(Value(message)), [telling](const Result<Value>& answer) {
            const auto* status = answer ? answer->as_map()->find("status") : nullptr;
            const bool is_good = answer && *answer->as_map()->find("ok") == Value(true);
            telling->end(is_good ? "" : answer ? "HTTP " + std::to_string(*status->as_integer()) : answer.error().text);
        });
    }
    if (command.empty()) return;
    const auto title = as_operand(text_or(what, "title", wisher.name));
    programs_.run_for_user({.arguments = {command, title, as_operand(text_or(what, "text", ""))}, .environment = desktop_environment()},
                           [telling](const Result<Value>& answer) {
                               const bool is_good = answer && *answer->as_map()->find("code") == Value(0);
                               telling->end(is_good ? "" : answer ? "the command failed" : answer.error().text);
                           });
}

} // namespace shoal::script_lua
