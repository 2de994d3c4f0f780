#include "daemon/settings_file.hpp"

#include "daemon/toml_reader.hpp"
#include "net/descriptor.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

namespace shoal::daemon {

namespace {

using control::Settings;
using control::Value;

constexpr std::size_t largest = 1 << 20;

Error unreadable(const std::string& path, int number)
{
    const auto code = number == ENOENT || number == ENOTDIR  ? Errc::not_found
                      : number == EACCES || number == EPERM ? Errc::permission_denied
                                                            : Errc::io_error;
    return make_error(code, fmt::format("cannot read {}: {}", printable(path), std::generic_category().message(number)));
}

// A pipe would keep us waiting, and could not be read again.
Result<net::Descriptor> open_file(const std::string& path)
{
    net::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) return unreadable(path, errno);
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return unreadable(path, errno);
    if (S_ISREG(status.st_mode) || S_ISCHR(status.st_mode)) return file;
    return make_error(Errc::bad_input, fmt::format("{} is no file; name a settings file", printable(path)));
}

Result<std::string> read_file(const std::string& path)
{
    const auto file = open_file(path);
    if (!file) return file.error();
    std::string text;
    std::array<char, 16384> room;
    while (true) {
        const auto count = ::read(file->number(), room.data(), room.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return unreadable(path, errno);
        if (count == 0) return text;
        text.append(room.data(), static_cast<std::size_t>(count));
        if (text.size() > largest) {
            return make_error(Errc::limit_exceeded,
                              fmt::format("{} is larger than a settings file can be (1 MiB); is it one?", printable(path)));
        }
    }
}

std::string toml_text(std::string_view text)
{
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

std::string toml_value(const Value& value)
{
    if (const auto* flag = value.as_bool()) return *flag ? "true" : "false";
    if (const auto* number = value.as_integer()) return fmt::format("{}", *number);
    if (const auto* number = value.as_real()) return fmt::format("{}", *number);
    if (const auto* text = value.as_text()) return toml_text(*text);
    std::vector<std::string> items;
    for (const auto& item : *value.as_list()) items.push_back(toml_text(*item.as_text()));
    return fmt::format("[{}]", fmt::join(items, ", "));
}

}  // namespace

Result<std::vector<Settings::Given>> read_settings_file(const std::string& path)
{
    const auto text = read_file(path);
    if (!text) return text.error();
    auto entries = read_toml(*text);
    if (!entries) return make_error(entries.error().code, fmt::format("{} {}", printable(path), entries.error().text));
    std::vector<Settings::Given> given;
    for (auto& entry : *entries) {
        given.push_back({std::move(entry.name), std::move(entry.value), fmt::format("{} line {}", printable(path), entry.line)});
    }
    return given;
}

std::string dump_settings(const Settings& settings)
{
    std::string dump;
    for (const auto* schema : settings.schemas()) {
        dump += fmt::format("# {} ({}{})\n{} = {}  # {}\n\n", schema->help, expectation(*schema),
                            schema->is_live ? "" : "; from the next start on", schema->name,
                            toml_value(settings.coming_value(schema->name)), settings.origin(schema->name));
    }
    return dump;
}

}  // namespace shoal::daemon
