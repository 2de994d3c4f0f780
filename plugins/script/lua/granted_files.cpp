#include "granted_files.hpp"

#include <shoal/bytes.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace shoal::script_lua {
namespace {

constexpr std::size_t copied_at_once = 8u << 20;
constexpr int most_partial_files = 100; // of one name, at once
constexpr int step_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int file_flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK; // a pipe under the name is not waited for
constexpr unsigned no_replacing = 1; // RENAME_NOREPLACE, which not every libc has

Error file_error(const std::string& path, int number)
{
    const auto code = number == ENOENT ? Errc::not_found : number == EACCES || number == EPERM ? Errc::permission_denied
                                                       : number == ENOSPC ? Errc::disk_full : Errc::io_error;
    const auto why = number == ELOOP ? std::string("a symbolic link is in the way, and none is followed")
                                     : std::generic_category().message(number);
    return make_error(code, path + ": " + why);
}

const char* kind_of(mode_t mode)
{
    if (S_ISREG(mode)) return "file";
    if (S_ISDIR(mode)) return "folder";
    return S_ISLNK(mode) ? "link" : "other";
}

Value stat_value(const struct stat& status)
{
    Value::Map map;
    map.append("kind", kind_of(status.st_mode));
    map.append("size", static_cast<std::int64_t>(status.st_size));
    map.append("modified", static_cast<std::int64_t>(status.st_mtim.tv_sec));
    return Value(std::move(map));
}

int write_all(int file, std::string_view text)
{
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

int rename_without_replacing(int from, const std::string& name, int to, const std::string& new_name)
{
    if (::syscall(SYS_renameat2, from, name.c_str(), to, new_name.c_str(), no_replacing) == 0) return 0;
    return errno;
}

// O_DIRECTORY speaks of a link as of something that is no folder.
int link_or(int error, int folder, const std::string& name)
{
    struct stat status {};
    if (error != ENOTDIR || ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return error;
    return S_ISLNK(status.st_mode) ? ELOOP : error;
}

Value done() { return Value(true); }

std::string octets_in(const Value::Map& what, std::string_view key)
{
    const auto* value = what.find(key);
    if (value != nullptr && value->as_bytes() != nullptr) return std::string(as_text(*value->as_bytes()));
    return value != nullptr && value->as_text() != nullptr ? *value->as_text() : "";
}

} // namespace

OpenFile::OpenFile(int result) : number_(result), error_(result < 0 ? errno : 0) {}

OpenFile::OpenFile(OpenFile&& other) noexcept : number_(std::exchange(other.number_, -1)), error_(other.error_) {}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept
{
    std::swap(number_, other.number_);
    std::swap(error_, other.error_);
    return *this;
}

OpenFile::~OpenFile()
{
    if (number_ >= 0) ::close(number_);
}

FileCopy::~FileCopy()
{
    if (!is_whole_) ::unlinkat(folder_.number(), name_.c_str(), 0);
}

Result<bool> FileCopy::go_on()
{
    std::string buffer(1u << 20, '\0');
    for (std::size_t copied = 0; copied < copied_at_once;) {
        const auto count = ::read(from_.number(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return file_error(path_, errno);
        is_whole_ = count == 0;
        if (is_whole_) return true;
        const int error = write_all(to_.number(), std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
        if (error != 0) return file_error(path_, error);
        copied += static_cast<std::size_t>(count);
    }
    return false;
}

Result<Value> GrantedFiles::carry_out(const Value::Map& what)
{
    for (;;) {
        if (auto answer = go_on(what)) return std::move(*answer);
    }
}

// Only a copy takes long.
std::optional<Result<Value>> GrantedFiles::go_on(const Value::Map& what)
{
    if (!copy_ && octets_in(what, "verb") != "copy") return do_at_once(what);
    if (!copy_) {
        if (const auto begun = begin_copy(octets_in(what, "path"), octets_in(what, "to")); !begun) return begun.error();
    }
    const auto copied = is_over_ ? Result<bool>(make_error(Errc::cancelled, copy_->path() + ": the copy was given up")) : copy_->go_on();
    if (copied && !*copied) return std::nullopt;
    copy_.reset();
    return copied ? Result<Value>(done()) : copied.error();
}

Result<Value> GrantedFiles::do_at_once(const Value::Map& what) const
{
    const auto text = [&](std::string_view key) { return octets_in(what, key); };
    const auto verb = text("verb");
    const auto path = text("path");
    const auto* most = what.find("max");
    const auto* replaces = what.find("replace");
    if (verb == "list") return list(path);
    if (verb == "stat" || verb == "exists") return stat(path, verb == "exists");
    if (verb == "read") {
        const std::int64_t wanted = most != nullptr && most->as_integer() != nullptr ? *most->as_integer() : 1 << 20;
        return read(path, static_cast<std::size_t>(std::clamp<std::int64_t>(wanted, 1, largest_read)));
    }
    if (verb == "write") return write(path, text("text"), replaces != nullptr && replaces->as_bool() != nullptr && *replaces->as_bool());
    if (verb == "append") return append(path, text("text"));
    if (verb == "move") return move(path, text("to"));
    if (verb == "link") return link(path, text("to"));
    if (verb == "mkdir") return make_folder(path);
    if (verb == "remove") return remove(path);
    return make_error(Errc::unsupported, "there is no shoal.fs." + verb);
}

Result<GrantedFiles::Place> GrantedFiles::find(const std::string& path, bool wants_to_write, bool makes_folders) const
{
    const Grants::Folder* best = nullptr;
    for (const auto& folder : grants_.folders()) {
        const bool is_below = path == folder.path || path.starts_with(folder.path + "/");
        if (is_below && (best == nullptr || folder.path.size() > best->path.size())) best = &folder;
    }
    if (best == nullptr || (wants_to_write && !best->may_write)) {
        const auto above = path.substr(0, std::min(path.rfind('/'), path.size()));
        const auto wanted = "fs(" + (above.empty() ? path : above) + (wants_to_write ? ":rw)" : ")"); // nobody is told to grant all of /
        return make_error(Errc::permission_denied, path + " is not granted; " + grant_line(wanted));
    }
    Place place{.folder = OpenFile(::open(best->path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), .name = {}, .path = path,
                .may_write = best->may_write};
    if (!place.folder) return file_error(best->path, place.folder.error());
    auto rest = std::string_view(path).substr(std::min(best->path.size() + 1, path.size()));
    for (;;) {
        place.name = rest.substr(0, rest.find('/'));
        const bool is_none = place.name == "." || place.name == ".." || place.name.find('\0') != std::string::npos;
        if (is_none || (place.name.empty() && path.size() != best->path.size())) return file_error(path, EINVAL);
        if (place.name.size() == rest.size()) return place;
        rest.remove_prefix(place.name.size() + 1);
        const int folder = place.folder.number();
        if (makes_folders && ::mkdirat(folder, place.name.c_str(), 0777) != 0 && errno != EEXIST) return file_error(path, errno);
        OpenFile next(::openat(folder, place.name.c_str(), step_flags));
        if (!next) return file_error(path, link_or(next.error(), folder, place.name));
        place.folder = std::move(next);
    }
}

Result<void> GrantedFiles::check_deletion(const std::string& what) const
{
    if (grants_.has("delete_data")) return {};
    return make_error(Errc::permission_denied, what + " needs a grant of its own; " + grant_line("delete_data"));
}

Result<Value> GrantedFiles::list(const std::string& path) const
{
    auto place = find(path, false);
    if (!place) return place.error();
    const auto* name = place->name.empty() ? "." : place->name.c_str();
    OpenFile opened(::openat(place->folder.number(), name, step_flags));
    if (!opened) return file_error(path, link_or(opened.error(), place->folder.number(), name));
    const int copy = ::fcntl(opened.number(), F_DUPFD_CLOEXEC, 0);
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
    if (!folder) return file_error(path, errno);
    std::vector<std::pair<std::string, Value>> found;
    while (const auto* entry = ::readdir(folder.get())) {
        const std::string_view one(entry->d_name);
        struct stat status {};
        if (one == "." || one == ".." || !is_valid_utf8(one)) continue;
        if (::fstatat(opened.number(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (found.size() == most_entries) return make_error(Errc::limit_exceeded, path + " has more than 10,000 entries");
        auto value = stat_value(status);
        found.emplace_back(one, std::move(value));
    }
    std::ranges::sort(found, {}, &std::pair<std::string, Value>::first);
    Value::List entries;
    for (auto& [entry, value] : found) {
        auto map = *value.as_map();
        map.set("name", entry);
        entries.emplace_back(std::move(map));
    }
    return Value(std::move(entries));
}

Result<Value> GrantedFiles::stat(const std::string& path, bool asks_only) const
{
    auto place = find(path, false);
    if (!place && asks_only && place.error().code == Errc::not_found) return Value(false);
    if (!place) return place.error();
    struct stat status {};
    const auto* name = place->name.empty() ? "." : place->name.c_str();
    if (::fstatat(place->folder.number(), name, &status, AT_SYMLINK_NOFOLLOW) == 0) return asks_only ? Value(true) : stat_value(status);
    if (asks_only && errno == ENOENT) return Value(false);
    return file_error(path, errno);
}

Result<Value> GrantedFiles::read(const std::string& path, std::size_t most) const
{
    auto place = find(path, false);
    if (!place) return place.error();
    OpenFile file(::openat(place->folder.number(), place->name.c_str(), O_RDONLY | file_flags));
    if (!file) return file_error(path, file.error());
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return file_error(path, errno);
    if (!S_ISREG(status.st_mode)) return make_error(Errc::invalid_argument, path + " is no ordinary file");
    std::string text(most + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto count = ::read(file.number(), text.data() + size, text.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return file_error(path, errno);
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > most) return make_error(Errc::limit_exceeded, path + " has more than " + std::to_string(most) + " octets");
    text.resize(size);
    if (is_valid_utf8(text)) return Value(std::move(text));
    const auto octets = as_bytes(text);
    return Value(Bytes(octets.begin(), octets.end()));
}

// Beside its place first: what was there stays whole until what is new is whole.
Result<Value> GrantedFiles::write(const std::string& path, std::string_view text, bool replaces) const
{
    if (replaces) {
        if (const auto may = check_deletion("replacing a file"); !may) return may.error();
    }
    auto place = find(path, true);
    if (!place) return place.error();
    const int folder = place->folder.number();
    // Another one may be writing there, and what was left by one that was cut off is not ours to remove.
    std::string temporary;
    OpenFile file;
    for (int i = 1; !file && i <= most_partial_files; ++i) {
        temporary = place->name.substr(0, 200) + ".shoal-part-" + std::to_string(i);
        file = OpenFile(::openat(folder, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | file_flags, 0666));
        if (!file && file.error() != EEXIST) break;
    }
    if (!file) return file_error(path, file.error());
    int error = write_all(file.number(), text);
    if (error == 0 && replaces) error = ::renameat(folder, temporary.c_str(), folder, place->name.c_str()) == 0 ? 0 : errno;
    else if (error == 0) error = rename_without_replacing(folder, temporary, folder, place->name);
    if (error == 0) return done();
    ::unlinkat(folder, temporary.c_str(), 0);
    return file_error(path, error);
}

// A file that has another name elsewhere may be one that the script may only read.
Result<Value> GrantedFiles::append(const std::string& path, std::string_view text) const
{
    auto place = find(path, true);
    if (!place) return place.error();
    OpenFile file(::openat(place->folder.number(), place->name.c_str(), O_WRONLY | O_APPEND | O_CREAT | file_flags, 0666));
    if (!file) return file_error(path, file.error());
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return file_error(path, errno);
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1) return make_error(Errc::invalid_argument, path + " is no ordinary file with one name");
    const int error = write_all(file.number(), text);
    if (error != 0) return file_error(path, error);
    return done();
}

Result<Value> GrantedFiles::move(const std::string& path, const std::string& to) const
{
    auto from = find(path, true);
    if (!from) return from.error();
    auto into = find(to, true);
    if (!into) return into.error();
    struct stat status {};
    if (from->name.empty() || into->name.empty()) return file_error(path, EINVAL);
    if (::fstatat(from->folder.number(), from->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return file_error(path, errno);
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return make_error(Errc::invalid_argument, path + " is no ordinary file");
    const int error = rename_without_replacing(from->folder.number(), from->name, into->folder.number(), into->name);
    if (error == 0) return done();
    if (error == EXDEV) return make_error(Errc::unsupported, to + " is on another file system: copy it there");
    return file_error(error == EEXIST ? to : path, error);
}

Result<void> GrantedFiles::begin_copy(const std::string& path, const std::string& to)
{
    auto from = find(path, false);
    if (!from) return from.error();
    auto into = find(to, true);
    if (!into) return into.error();
    OpenFile source(::openat(from->folder.number(), from->name.c_str(), O_RDONLY | file_flags));
    if (!source) return file_error(path, source.error());
    struct stat status {};
    if (::fstat(source.number(), &status) != 0 || !S_ISREG(status.st_mode)) return make_error(Errc::invalid_argument, path + " is no ordinary file");
    OpenFile target(::openat(into->folder.number(), into->name.c_str(), O_WRONLY | O_CREAT | O_EXCL | file_flags, 0666));
    if (!target) return file_error(to, target.error());
    copy_ = std::make_unique<FileCopy>(std::move(source), std::move(target), std::move(into->folder), into->name, to);
    return {};
}

Result<Value> GrantedFiles::link(const std::string& path, const std::string& to) const
{
    auto from = find(path, false);
    if (!from) return from.error();
    auto into = find(to, true);
    if (!into) return into.error();
    struct stat status {};
    if (::fstatat(from->folder.number(), from->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return file_error(path, errno);
    if (!S_ISREG(status.st_mode)) return make_error(Errc::invalid_argument, path + " is no ordinary file");
    if (::linkat(from->folder.number(), from->name.c_str(), into->folder.number(), into->name.c_str(), 0) != 0) return file_error(to, errno);
    return done();
}

Result<Value> GrantedFiles::make_folder(const std::string& path) const
{
    auto place = find(path, true, true);
    if (!place) return place.error();
    if (place->name.empty() || ::mkdirat(place->folder.number(), place->name.c_str(), 0777) == 0) return done();
    if (errno != EEXIST) return file_error(path, errno);
    struct stat status {};
    const bool is_there = ::fstatat(place->folder.number(), place->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!is_there || !S_ISDIR(status.st_mode)) return file_error(path, EEXIST);
    return done();
}

// Ordinary files and folders that are empty.
Result<Value> GrantedFiles::remove(const std::string& path) const
{
    if (const auto may = check_deletion("removing a file"); !may) return may.error();
    auto place = find(path, true);
    if (!place) return place.error();
    struct stat status {};
    if (place->name.empty()) return file_error(path, EINVAL);
    if (::fstatat(place->folder.number(), place->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return file_error(path, errno);
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return make_error(Errc::invalid_argument, path + " is no ordinary file");
    const int flags = S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0;
    if (::unlinkat(place->folder.number(), place->name.c_str(), flags) != 0) return file_error(path, errno);
    return done();
}

} // namespace shoal::script_lua
