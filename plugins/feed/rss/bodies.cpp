#include "bodies.hpp"

#include "ascii.hpp"
#include "feed_parser.hpp"

#include <shoal/hex.hpp>
#include <shoal/sha1.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shoal::rss {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view of_feeds = ".feed";
constexpr std::string_view of_others = ".other";

Error file_error(const fs::path& path, int code)
{
    return make_error(code == ENOSPC ? Errc::disk_full : Errc::io_error, path.string() + ": " + std::generic_category().message(code));
}

// Letters of the name for people, and something that tells it from all others.
std::string folder_name(const std::string& feed)
{
    std::string name;
    for (const char c : feed.substr(0, 40)) name += is_letter(c) || is_digit(c) ? lower(c) : '_';
    return name + "-" + to_hex(Sha1::of(as_bytes(feed)).bytes).substr(0, 8);
}

// Twelve digits: the names sort as the times do.
std::string file_name(const KeptBody& body, bool is_feed)
{
    auto at = std::to_string(std::max<std::int64_t>(body.at, 0));
    at.insert(0, 12 - std::min<std::size_t>(at.size(), 12), '0');
    return at + "-" + std::to_string(body.status) + std::string(is_feed ? of_feeds : of_others);
}

bool write_all(int descriptor, ByteView octets)
{
    while (!octets.empty()) {
        const auto written = ::write(descriptor, octets.data(), octets.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        octets = octets.subspan(static_cast<std::size_t>(written));
    }
    return ::fsync(descriptor) == 0;
}

// Whole or not at all.
Result<void> write_file(const fs::path& path, ByteView octets)
{
    const fs::path draft = path.string() + ".new";
    const int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return file_error(draft, errno);
    const bool is_written = write_all(descriptor, octets);
    const int problem = errno;
    ::close(descriptor);
    if (is_written && ::rename(draft.c_str(), path.c_str()) == 0) return {};
    const auto error = file_error(path, is_written ? errno : problem);
    ::unlink(draft.c_str());
    return error;
}

Bytes read_file(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    Bytes octets(largest_feed);
    file.read(reinterpret_cast<char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
    octets.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return octets;
}

} // namespace

fs::path Bodies::folder_of(const std::string& feed) const { return folder_ / folder_name(feed); }

// The newest first.
std::vector<Bodies::File> Bodies::files_of(const std::string& feed) const
{
    std::vector<File> files;
    std::error_code problem;
    for (fs::directory_iterator at(folder_of(feed), problem), end; !problem && at != end; at.increment(problem)) {
        const auto name = at->path().filename().string();
        File file{.path = at->path(), .is_feed = name.ends_with(of_feeds)};
        if (name.size() < 14 || (!file.is_feed && !name.ends_with(of_others))) continue;
        const auto* text = name.data();
        const bool is_ours = std::from_chars(text, text + 12, file.at).ptr == text + 12 && text[12] == '-';
        std::from_chars(text + 13, text + name.size(), file.status);
        std::error_code unsized;
        file.octets = at->file_size(unsized);
        if (is_ours && !unsized) files.push_back(std::move(file));
    }
    std::ranges::sort(files, std::ranges::greater{}, [](const File& file) { return file.path.filename().string(); });
    return files;
}

Result<void> Bodies::keep(const std::string& feed, const KeptBody& body, bool is_feed) const
{
    if (limits_.count == 0) return {};
    std::error_code problem;
    fs::create_directories(folder_of(feed), problem);
    if (problem) return file_error(folder_of(feed), problem.value());
    const auto files = files_of(feed);
    const auto same_kind = std::ranges::find(files, is_feed, &File::is_feed);
    if (same_kind != files.end() && same_kind->octets == body.octets.size() && read_file(same_kind->path) == body.octets) return {};
    const auto written = write_file(folder_of(feed) / file_name(body, is_feed), body.octets);
    make_room(feed);
    return written;
}

void Bodies::make_room(const std::string& feed) const
{
    std::size_t count = 0;
    std::size_t others = 0;
    std::uint64_t octets = 0;
    for (const auto& file : files_of(feed)) {
        octets += file.octets;
        const bool is_first = (file.is_feed ? count++ : others++) == 0;
        const bool has_room = file.is_feed && count <= limits_.count && octets <= limits_.octets;
        std::error_code ignored;
        if (!is_first && !has_room) fs::remove(file.path, ignored);
    }
}

std::vector<KeptBody> Bodies::read(const std::string& feed, std::size_t from, std::size_t limit) const
{
    const auto files = files_of(feed);
    std::vector<KeptBody> bodies;
    for (auto i = from; i < files.size() && bodies.size() < limit; ++i) {
        bodies.push_back({.at = files[i].at, .status = files[i].status, .octets = read_file(files[i].path)});
    }
    return bodies;
}

std::optional<KeptBody> Bodies::newest(const std::string& feed) const
{
    const auto files = files_of(feed);
    const auto file = std::ranges::find(files, true, &File::is_feed);
    if (file == files.end()) return std::nullopt;
    return KeptBody{.at = file->at, .status = file->status, .octets = read_file(file->path)};
}

void Bodies::forget(const std::string& feed) const
{
    std::error_code ignored;
    fs::remove_all(folder_of(feed), ignored);
}

} // namespace shoal::rss
