#include "questions.hpp"

#include <shoal/hex.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace shoal::embedded_tracker {
namespace {

constexpr std::size_t most_arguments = 1000;

Error wrong(std::string text) { return make_error(Errc::bad_input, std::move(text)); }

Result<std::string> decoded(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto octet = from_hex(text.substr(i + 1, 2));
        if (!octet || octet->size() != 1) return wrong("a '%' without two hexadecimal digits after it");
        out += static_cast<char>(octet->front());
        i += 2;
    }
    return out;
}

template <class Number>
Result<Number> number(std::string_view name, std::string_view text)
{
    Number value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure == std::errc{} && end == text.data() + text.size()) return value;
    return wrong(std::string(name) + " is not a number from 0 to "
                 + std::to_string(std::numeric_limits<Number>::max()));
}

template <class Octets>
Result<Octets> octets(const Target& target, std::string_view name)
{
    const auto text = target.find(name);
    if (!text) return wrong(std::string(name) + " is missing");
    const auto value = Octets::from(as_bytes(*text));
    if (value) return *value;
    return wrong(std::string(name) + " has " + std::to_string(text->size()) + " bytes, not 20");
}

Result<std::uint16_t> port_of(const Target& target)
{
    const auto text = target.find("port");
    if (!text) return wrong("port is missing");
    const auto port = number<std::uint16_t>("port", *text);
    if (port && *port == 0) return wrong("port 0 cannot be connected to");
    return port;
}

// A client that says nothing, or nonsense like -1, gets the usual number.
std::uint32_t num_want_of(const Target& target)
{
    const auto text = target.find("numwant");
    const auto wanted = text ? number<std::uint32_t>("numwant", *text) : AnnounceQuestion::usual_peers;
    return std::min(wanted.value_or(AnnounceQuestion::usual_peers), AnnounceQuestion::most_peers);
}

Event event_of(const Target& target)
{
    const auto name = target.find("event").value_or(std::string_view{});
    if (name == "started") return Event::started;
    if (name == "completed") return Event::completed;
    return name == "stopped" ? Event::stopped : Event::none;
}

bool is_set(const Target& target, std::string_view name) { return target.find(name) == "1"; }

} // namespace

Result<Target> Target::parse(std::string_view text)
{
    Target target;
    const auto question = text.find('?');
    target.path_ = text.substr(0, question);
    auto rest = question == text.npos ? std::string_view{} : text.substr(question + 1);
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const auto argument = rest.substr(0, end);
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        if (argument.empty()) continue;
        if (target.arguments_.size() == most_arguments) return wrong("too many arguments");
        const auto equals = argument.find('=');
        auto name = decoded(argument.substr(0, equals));
        auto value = decoded(equals == argument.npos ? std::string_view{} : argument.substr(equals + 1));
        if (!name) return name.error();
        if (!value) return value.error();
        target.arguments_.push_back({std::move(*name), std::move(*value)});
    }
    return target;
}

std::optional<std::string_view> Target::find(std::string_view name) const
{
    for (auto argument = arguments_.rbegin(); argument != arguments_.rend(); ++argument) {
        if (argument->name == name) return argument->value;
    }
    return std::nullopt;
}

std::vector<std::string_view> Target::all(std::string_view name) const
{
    std::vector<std::string_view> values;
    for (const auto& argument : arguments_) {
        if (argument.name == name) values.emplace_back(argument.value);
    }
    return values;
}

Result<AnnounceQuestion> read_announce(const Target& target)
{
    const auto info_hash = octets<Hash20>(target, "info_hash");
    if (!info_hash) return info_hash.error();
    const auto peer_id = octets<WirePeerId>(target, "peer_id");
    if (!peer_id) return peer_id.error();
    const auto port = port_of(target);
    if (!port) return port.error();
    // Who does not say what is left is no seed.
    const auto left = number<std::uint64_t>("left", target.find("left").value_or("1"));
    if (!left) return left.error();
    AnnounceQuestion question{.info_hash = *info_hash,
                              .peer_id = *peer_id,
                              .port = *port,
                              .is_seed = *left == 0,
                              .is_compact = is_set(target, "compact"),
                              .wants_ids = !is_set(target, "no_peer_id"),
                              .event = event_of(target),
                              .num_want = num_want_of(target),
                              .claimed = std::nullopt};
    if (const auto ip = target.find("ip")) {
        const auto address = Address::parse(*ip);
        if (address) question.claimed = address->unmapped();
    }
    return question;
}

Result<std::vector<Hash20>> read_scrape(const Target& target)
{
    std::vector<Hash20> hashes;
    for (const auto value : target.all("info_hash")) {
        const auto hash = Hash20::from(as_bytes(value));
        if (!hash) return wrong("info_hash has " + std::to_string(value.size()) + " bytes, not 20");
        hashes.push_back(*hash);
    }
    if (hashes.empty()) return wrong("info_hash is missing");
    std::ranges::sort(hashes);
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    return hashes;
}

} // namespace shoal::embedded_tracker
