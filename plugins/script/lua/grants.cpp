#include "grants.hpp"

#include <shoal/alike.hpp>
#include <shoal/value_fields.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <optional>

namespace shoal::script_lua {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view stripped(std::string_view text)
{
    const auto first = text.find_first_not_of(blanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

Error wrong_grant(std::string_view text, const std::string& why)
{
    return make_error(Errc::invalid_argument, "the grant " + std::string(text) + ": " + why);
}

Error unknown_grant(std::string_view word)
{
    constexpr std::array<std::string_view, 7> names{"control", "delete_data", "fs", "http", "notify", "proc", "settings"};
    return wrong_grant(word, "nothing is granted by that name" + shoal::suggestion(word.substr(0, word.find('(')), names)
                                 + "; there are: control, delete_data, fs(…), http(…), notify, proc(…), settings");
}

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) { return std::ranges::find(words, word) != words.end(); }

std::string_view take_line(std::string_view& text)
{
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

// What a line of a comment, without its mark, says of grants; nullopt: it is about something else.
std::optional<std::string_view> said_grants(std::string_view comment)
{
    constexpr std::string_view word = "grants";
    comment.remove_prefix(std::min(comment.find_first_not_of(" \t-"), comment.size()));
    const bool begins = std::ranges::equal(comment.substr(0, word.size()), word, [](char c, char wanted) { return c == wanted || c + 32 == wanted; });
    if (!begins) return std::nullopt;
    const auto rest = stripped(comment.substr(word.size()));
    return rest.starts_with(':') ? std::optional(rest.substr(1)) : std::nullopt;
}

// How long the mark is that begins a comment of several lines, as --[[ or --[=[; 0: it is none.
std::size_t block_mark(std::string_view text)
{
    if (!text.starts_with("--[")) return 0;
    const auto at = text.find_first_not_of('=', 3);
    return at != text.npos && text[at] == '[' ? at + 1 : 0;
}

// Takes a comment of several lines off the text. Error: it speaks of grants, which nobody would read there.
Result<void> skip_block(std::string_view& text, std::size_t mark)
{
    const auto end = "]" + std::string(mark - 4, '=') + "]";
    auto comment = text.substr(mark, text.find(end, mark) - mark);
    text.remove_prefix(std::min(mark + comment.size() + end.size(), text.size()));
    while (!comment.empty()) {
        if (said_grants(take_line(comment))) {
            return make_error(Errc::invalid_argument, "grants are said in a line of their own, not in a comment of several lines: -- grants: …");
        }
    }
    return {};
}

bool is_plain_path(std::string_view path)
{
    if (!path.starts_with('/') || path.size() < 2) return false;
    for (std::size_t at = 1; at <= path.size();) {
        const auto part = path.substr(at, path.find('/', at) - at);
        if (part.empty() || part == "." || part == "..") return false;
        at += part.size() + 1;
    }
    return true;
}

// What runs a script or rules that the caller hands over or chooses, or reads a page and gives what is in it.
bool is_control(std::string_view method)
{
    return (method.starts_with("scripts.") && method != "scripts.list" && method != "scripts.emit") || method.starts_with("rates.")
           || is_any_of(method, {"rules.load", "rules.test", "rules.compare", "rules.import", "feeds.add", "feeds.load", "feeds.remove", "feeds.bodies",
                                 "feeds.search"});
}

// Pickers and chokers are also scripts, of any file that the daemon can read.
bool names_lua_file(const Value* changes)
{
    if (changes == nullptr || changes->as_map() == nullptr) return false;
    const auto is_named = [&](std::string_view key) {
        const auto* value = changes->as_map()->find(key);
        return value != nullptr && std::ranges::any_of(shoal::texts_of(*value), [](const auto& name) { return name.ends_with(".lua"); });
    };
    return is_named("pickers") || is_named("choker");
}

} // namespace

std::string_view grant_for(std::string_view method, const Value::Map& arguments)
{
    if (method == "torrents.remove" && flag_in(arguments, "data")) return "delete_data";
    if (method == "settings.set" || method == "settings.reset") return "settings";
    const bool is_lua_file = (method == "torrents.set" && names_lua_file(arguments.find("changes")))
                             || (method == "torrents.add" && names_lua_file(arguments.find("own")));
    return is_lua_file || is_control(method) ? "control" : "";
}

std::string grant_line(std::string_view word) { return "the script has to begin with the line \"-- grants: " + std::string(word) + "\""; }

Result<Grants> Grants::parse(std::string_view script)
{
    Grants grants;
    for (;;) {
        script.remove_prefix(std::min(script.find_first_not_of(" \t\r\n"), script.size()));
        if (!script.starts_with("--")) return grants;
        if (const auto mark = block_mark(script); mark != 0) {
            if (const auto skipped = skip_block(script, mark); !skipped) return skipped.error();
            continue;
        }
        const auto said = said_grants(take_line(script).substr(2));
        if (!said) continue;
        if (const auto read = grants.read_line(*said); !read) return read.error();
    }
}

Result<void> Grants::read_line(std::string_view line)
{
    constexpr std::string_view between = " ,\t\r";
    for (auto at = line.find_first_not_of(between); at != line.npos; at = line.find_first_not_of(between)) {
        line.remove_prefix(at);
        const auto end = line.find_first_of(" ,\t\r(");
        const auto word = line.substr(0, end);
        if (end == line.npos || line[end] != '(') {
            if (is_any_of(word, {"fs", "http", "proc"})) return wrong_grant(word, "what is granted is said in brackets: " + std::string(word) + "(…)");
            if (!is_any_of(word, {"control", "delete_data", "notify", "settings"})) return unknown_grant(word);
            words_.emplace(word);
            line.remove_prefix(word.size());
            continue;
        }
        const auto close = line.find(')', end);
        if (close == line.npos) return wrong_grant(line, "the ) is missing");
        auto list = line.substr(end + 1, close - end - 1);
        while (!list.empty()) {
            const auto what = list.substr(0, list.find(','));
            list.remove_prefix(std::min(what.size() + 1, list.size()));
            if (const auto added = add(word, stripped(what)); !added) return added.error();
        }
        line.remove_prefix(close + 1);
    }
    return {};
}

Result<void> Grants::add(std::string_view kind, std::string_view what)
{
    const auto text = std::string(kind) + "(" + std::string(what) + ")";
    words_.insert(text);
    if (kind == "http") return add_host(what);
    if (kind == "fs") return add_folder(what);
    if (kind != "proc") return unknown_grant(text);
    if (!is_plain_path(what)) return wrong_grant(text, "the full path of a program is wanted");
    programs_.emplace(what);
    return {};
}

Result<void> Grants::add_host(std::string_view text)
{
    WebHost host;
    auto name = text;
    const auto colon = text.ends_with(']') ? text.npos : text.rfind(':');
    if (colon != text.npos) {
        const auto port = text.substr(colon + 1);
        name = text.substr(0, colon);
        host.has_any_port = port == "*";
        const auto read = std::from_chars(port.data(), port.data() + port.size(), host.port);
        const bool is_number = read.ec == std::errc{} && read.ptr == port.data() + port.size() && host.port != 0;
        if (!host.has_any_port && !is_number) return wrong_grant(text, "a port is a number from 1 to 65535, or *");
    }
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    host.is_below = name.starts_with("*.");
    if (host.is_below) name.remove_prefix(1); // the dot stays
    if (name.size() < (host.is_below ? 2 : 1) || name.find_first_of("*/@ ") != name.npos) {
        return wrong_grant(text, "a name or an address of a host is wanted, or *.name");
    }
    host.name = name;
    std::ranges::transform(host.name, host.name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    hosts_.push_back(std::move(host));
    return {};
}

Result<void> Grants::add_folder(std::string_view text)
{
    Folder folder;
    folder.may_write = text.ends_with(":rw");
    auto path = text;
    if (folder.may_write) path.remove_suffix(3);
    else if (text.ends_with(":r")) path.remove_suffix(2);
    if (path.ends_with('/')) path.remove_suffix(1);
    if (!is_plain_path(path)) return wrong_grant(text, "the full path of a folder is wanted, with :rw if it is to be written");
    folder.path = path;
    folders_.push_back(std::move(folder));
    return {};
}

Grants::Reach Grants::reach(std::string_view host, std::uint16_t port, bool is_usual_port) const
{
    auto reach = Reach::nowhere;
    for (const auto& granted : hosts_) {
        const bool fits_port = granted.has_any_port || (granted.port == 0 ? is_usual_port : granted.port == port);
        if (!fits_port) continue;
        if (!granted.is_below && host == granted.name) return Reach::anywhere;
        if (granted.is_below && host.size() > granted.name.size() && host.ends_with(granted.name)) reach = Reach::in_public;
    }
    return reach;
}

} // namespace shoal::script_lua
