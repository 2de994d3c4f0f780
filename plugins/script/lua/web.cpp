#include "web.hpp"

#include <shoal/bytes.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace shoal::script_lua {
namespace {

constexpr std::uint64_t usual_answer = 1u << 20;
constexpr std::uint64_t largest_answer = 4u << 20;
constexpr double usual_timeout = 30; // seconds
constexpr double longest_timeout = 300;
constexpr int most_redirects = 5;

Error wrong_request(const char* why) { return make_error(Errc::invalid_argument, std::string("http: ") + why); }

const std::string* text_at(const Value::Map& map, std::string_view key)
{
    const auto* value = map.find(key);
    return value == nullptr ? nullptr : value->as_text();
}

double number_in(const Value::Map& map, std::string_view key, double otherwise)
{
    const auto* value = map.find(key);
    if (value == nullptr) return otherwise;
    if (value->as_integer() != nullptr) return static_cast<double>(*value->as_integer());
    return value->as_real() != nullptr && std::isfinite(*value->as_real()) ? *value->as_real() : otherwise;
}

std::string octets_in(const Value::Map& map, std::string_view key)
{
    const auto* value = map.find(key);
    if (value != nullptr && value->as_bytes() != nullptr) return std::string(as_text(*value->as_bytes()));
    const auto* text = text_at(map, key);
    return text == nullptr ? "" : *text;
}

Value octets_value(ByteView octets)
{
    const auto text = as_text(octets);
    if (is_valid_utf8(text)) return Value(text);
    return Value(Bytes(octets.begin(), octets.end()));
}

Value answer_value(const HttpResponse& response, const std::string& url)
{
    Value::Map headers;
    for (const auto& header : response.headers.all()) {
        headers.set(to_valid_utf8(from_abi(header.name)), Value(to_valid_utf8(from_abi(header.value))));
    }
    Value::Map answer;
    answer.append("status", static_cast<std::int64_t>(response.status));
    answer.append("ok", response.status >= 200 && response.status < 300);
    answer.append("url", url);
    answer.append("headers", std::move(headers));
    answer.append("body", octets_value(response.body));
    return Value(std::move(answer));
}

bool is_redirect(std::uint32_t status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_one_of(std::string_view header, std::initializer_list<std::string_view> names)
{
    return std::ranges::any_of(names, [&](std::string_view name) {
        return std::ranges::equal(header, name, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
    });
}

// Not for whom a redirect leads to.
bool is_secret(std::string_view header) { return is_one_of(header, {"authorization", "cookie", "proxy-authorization"}); }

// They say where a request goes and how long it is: with them it would go elsewhere than its address says.
bool is_of_the_connection(std::string_view header)
{
    return is_one_of(header, {"host", "content-length", "transfer-encoding", "connection", "upgrade"});
}

} // namespace

void Web::ask(std::shared_ptr<const Grants> grants, const Value::Map& what, Done done)
{
    if (!http_) return done(make_error(Errc::unsupported, "this host asks no web servers"));
    const auto* url = text_at(what, "url");
    if (url == nullptr) return done(wrong_request("a url is wanted"));
    auto address = WebAddress::parse(*url);
    if (!address) return done(address.error());
    auto exchange = std::make_shared<Exchange>();
    exchange->grants = std::move(grants);
    exchange->address = std::move(*address);
    exchange->method = text_at(what, "method") == nullptr ? "GET" : *text_at(what, "method");
    exchange->body = octets_in(what, "body");
    const auto* headers = what.find("headers");
    const auto* map = headers == nullptr ? nullptr : headers->as_map();
    for (std::size_t i = 0; map != nullptr && i < map->size(); ++i) {
        if (map->values()[i].as_text() == nullptr) return done(wrong_request("the values of headers are texts"));
        if (is_of_the_connection(map->keys()[i])) return done(wrong_request("this header is not a script's to set"));
        exchange->headers.emplace_back(map->keys()[i], *map->values()[i].as_text());
    }
    const double seconds = std::clamp(number_in(what, "timeout", usual_timeout), 0.1, longest_timeout);
    exchange->timeout = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
    const double octets = number_in(what, "max_bytes", static_cast<double>(usual_answer));
    exchange->max_bytes = static_cast<std::uint64_t>(std::clamp(octets, 1.0, static_cast<double>(largest_answer)));
    exchange->done = std::move(done);
    begin(exchange);
}

void Web::tell(const std::string& url, std::string body, Done done)
{
    auto address = WebAddress::parse(url);
    if (!http_ || !address) return done(address ? make_error(Errc::unsupported, "this host asks no web servers") : address.error());
    auto exchange = std::make_shared<Exchange>();
    exchange->address = std::move(*address);
    exchange->method = "POST";
    exchange->headers = {{"content-type", "application/json"}};
    exchange->body = std::move(body);
    exchange->timeout = std::chrono::seconds{30};
    exchange->max_bytes = usual_answer;
    exchange->done = std::move(done);
    begin(exchange);
}

void Web::begin(const Shared& exchange)
{
    turns_.enter([this, exchange] { send(exchange); });
}

void Web::send(const Shared& exchange)
{
    const auto& address = exchange->address;
    auto reach = Grants::Reach::anywhere;
    if (exchange->grants) reach = exchange->grants->reach(address.host(), address.port, address.has_usual_port());
    if (reach == Grants::Reach::nowhere) {
        return finish(exchange, make_error(Errc::permission_denied, address.place() + " is not granted; "
                                                                        + grant_line("http(" + address.place() + ")")));
    }
    const auto url = address.text();
    HttpRequest request{.url = url, .method = exchange->method, .body = as_bytes(exchange->body), .timeout = exchange->timeout};
    for (const auto& [name, value] : exchange->headers) request.headers.push_back({name, value});
    request.max_body = exchange->max_bytes;
    request.max_redirects = 0; // each is looked at
    request.local_targets = reach == Grants::Reach::anywhere ? LocalTargets::all : LocalTargets::none;
    const auto asked = http_.request(request, [this, exchange](const Result<HttpResponse>& answer) { on_answer(exchange, answer); });
    if (!asked) finish(exchange, asked.error());
}

void Web::on_answer(const Shared& exchange, const Result<HttpResponse>& answer)
{
    if (!answer && answer.error().code == Errc::permission_denied) {
        const auto place = exchange->address.place();
        return finish(exchange, make_error(Errc::permission_denied, place + " is in the local network, where only a host leads that is granted "
                                                                            "by its very name; " + grant_line("http(" + place + ")")));
    }
    if (!answer) return finish(exchange, answer.error());
    const auto location = answer->headers.find("location");
    if (exchange->grants && location && is_redirect(answer->status)) return follow(exchange, answer->status, *location);
    if (answer->body.size() > exchange->max_bytes) {
        return finish(exchange, make_error(Errc::limit_exceeded, "the answer is longer than max_bytes"));
    }
    finish(exchange, answer_value(*answer, exchange->address.text()));
}

void Web::follow(const Shared& exchange, std::uint32_t status, std::string_view location)
{
    const auto from = exchange->address;
    auto to = from.follow(location);
    if (!to) return finish(exchange, to.error());
    if (++exchange->redirects > most_redirects) return finish(exchange, make_error(Errc::limit_exceeded, from.host() + " redirects too often"));
    if (from.is_secure() && !to->is_secure()) {
        return finish(exchange, make_error(Errc::permission_denied, from.host() + " redirects from https down to http"));
    }
    exchange->address = std::move(*to);
    if (exchange->address.place() != from.place()) {
        std::erase_if(exchange->headers, [](const auto& header) { return is_secret(header.first); });
    }
    // RFC 9110 §15.4: what everybody does with a POST that is redirected.
    if (status == 303 || ((status == 301 || status == 302) && exchange->method == "POST")) {
        exchange->method = "GET";
        exchange->body.clear();
    }
    send(exchange);
}

void Web::finish(const Shared& exchange, const Result<Value>& answer)
{
    exchange->done(answer);
    turns_.leave();
}

} // namespace shoal::script_lua
