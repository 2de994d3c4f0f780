#include "programs.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::chrono::milliseconds first_pause{5};
constexpr std::chrono::milliseconds longest_pause{200};
constexpr double usual_limit = 60; // seconds
constexpr double longest_limit = 3600;
constexpr std::size_t usual_output = 64u << 10;
constexpr std::size_t largest_output = 1u << 20;
constexpr std::size_t shown_output = 500; // of a program that took too long

Error wrong_order(const std::string& why) { return make_error(Errc::invalid_argument, "proc: " + why); }

bool is_argument(const Value& value) { return value.as_text() != nullptr && value.as_text()->find('\0') == std::string::npos; }

double real_or(const Value* value, double otherwise)
{
    if (value == nullptr) return otherwise;
    if (value->as_integer() != nullptr) return static_cast<double>(*value->as_integer());
    return value->as_real() == nullptr ? otherwise : *value->as_real();
}

// What makes a program load code that was not granted.
bool loads_code(std::string_view name)
{
    static constexpr std::array<std::string_view, 9> loaders = {"BASH_ENV", "ENV", "GCONV_PATH", "NODE_OPTIONS", "PERL5LIB", "PERL5OPT", "PYTHONPATH", "PYTHONSTARTUP", "RUBYOPT"};
    return name.starts_with("LD_") || std::ranges::find(loaders, name) != loaders.end();
}

Result<Child::Order> order_of(const Value::Map& what)
{
    Child::Order order;
    const auto* arguments = what.find("argv");
    if (arguments == nullptr || arguments->as_list() == nullptr || arguments->as_list()->empty()) {
        return wrong_order("argv is a list of texts, the program's full path first");
    }
    for (const auto& one : *arguments->as_list()) {
        if (!is_argument(one)) return wrong_order("argv is a list of texts");
        order.arguments.push_back(*one.as_text());
    }
    const auto* environment = what.find("env");
    const auto* map = environment == nullptr ? nullptr : environment->as_map();
    for (std::size_t i = 0; map != nullptr && i < map->size(); ++i) {
        const bool is_name = !map->keys()[i].empty() && map->keys()[i].find_first_of(std::string_view("=\0", 2)) == std::string::npos;
        if (!is_name || !is_argument(map->values()[i])) return wrong_order("env is a map of texts");
        if (loads_code(map->keys()[i])) return wrong_order("env may not have " + map->keys()[i] + ": by it the program would load other code");
        order.environment[map->keys()[i]] = *map->values()[i].as_text();
    }
    const double octets = real_or(what.find("max_output"), static_cast<double>(usual_output));
    order.most_output = static_cast<std::size_t>(octets > 0 ? std::min(octets, static_cast<double>(largest_output)) : 0);
    return order;
}

Value ended_value(const Child::Ended& ended)
{
    Value::Map answer;
    answer.append("code", ended.code);
    if (ended.signal != 0) answer.append("signal", ended.signal);
    answer.append("output", to_valid_utf8(ended.output));
    answer.append("errors", to_valid_utf8(ended.errors));
    answer.append("cut", ended.is_cut);
    return Value(std::move(answer));
}

std::string end_of(const std::string& text) { return text.size() <= shown_output ? text : text.substr(text.size() - shown_output); }

} // namespace

void Programs::run(const Grants& grants, std::shared_ptr<const std::atomic<bool>> is_over, const Value::Map& what, Done done)
{
    auto order = order_of(what);
    if (!order) return done(order.error());
    const auto& program = order->arguments.front();
    if (!grants.may_run(program)) {
        return done(make_error(Errc::permission_denied, program + " is not granted; " + grant_line("proc(" + program + ")")));
    }
    const double limit = real_or(what.find("timeout"), usual_limit);
    const double seconds = limit > 0.1 ? std::min(limit, longest_limit) : 0.1;
    enter({.order = std::move(*order), .timeout = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)),
           .is_over = std::move(is_over), .done = std::move(done)});
}

void Programs::run_for_user(Child::Order order, Done done)
{
    enter({.order = std::move(order), .timeout = std::chrono::seconds{30}, .is_over = nullptr, .done = std::move(done)});
}

void Programs::enter(Job job)
{
    const auto number = ++last_job_;
    jobs_.emplace(number, std::move(job));
    turns_.enter([this, number] { begin(number); });
}

void Programs::stop()
{
    turns_.clear();
    jobs_.clear();
}

void Programs::begin(std::uint64_t number)
{
    auto& job = jobs_.at(number);
    if (job.is_over && *job.is_over) return finish(number, make_error(Errc::cancelled, "the script is gone"));
    auto started = std::make_shared<Result<void>>();
    const auto ran = workers_.run([child = job.child, order = job.order, started] { *started = child->start(order); },
                                  [this, number, started](const Result<void>& result) {
                                      const auto at = jobs_.find(number);
                                      if (at == jobs_.end()) return;
                                      if (!result) return finish(number, result.error());
                                      if (!*started) return finish(number, started->error());
                                      at->second.deadline = host_.now() + at->second.timeout;
                                      at->second.pause = first_pause;
                                      watch(number);
                                  });
    if (!ran) finish(number, ran.error());
}

void Programs::watch(std::uint64_t number)
{
    const auto at = jobs_.find(number);
    if (at == jobs_.end()) return;
    auto& job = at->second;
    const auto ended = job.child->look();
    if (ended && job.is_late) {
        const auto text = job.order.arguments.front() + " took too long and was killed; at the end it said: ";
        return finish(number, make_error(Errc::timed_out, text + to_valid_utf8(end_of(ended->output + ended->errors))));
    }
    if (ended) return finish(number, ended_value(*ended));
    job.is_late = job.is_late || host_.now() >= job.deadline;
    if (job.is_late || (job.is_over && *job.is_over)) job.child->kill();
    if (job.child->is_talking()) job.pause = first_pause; // its pipe holds little
    job.alarm = timers_.after(job.pause, [this, number] { watch(number); });
    job.pause = std::min<std::chrono::nanoseconds>(job.pause * 2, longest_pause);
}

void Programs::finish(std::uint64_t number, const Result<Value>& answer)
{
    auto node = jobs_.extract(number);
    turns_.leave();
    node.mapped().done(answer);
}

} // namespace shoal::script_lua
