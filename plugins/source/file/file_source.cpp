#include "file_source.hpp"

#include "whole_file.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace shoal::file_source {
namespace {

/// "ftp://…", "magnet:?…": whoever typed that means no file, and wants to hear of none.
bool looks_like_url(std::string_view text)
{
    const auto colon = text.find(':');
    if (colon == text.npos || colon < 2) return false;
    const auto is_scheme = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    };
    if (!std::ranges::all_of(text.substr(0, colon), is_scheme)) return false;
    const auto rest = text.substr(colon + 1);
    return rest.starts_with("//") || rest.starts_with('?');
}

Error gone() { return make_error(Errc::cancelled, "cancelled"); }

} // namespace

FileSource::FileSource(Host& host) : answers_(host), workers_(host.workers()) {}

std::int32_t FileSource::claims(std::string_view identifier)
{
    return identifier.empty() || looks_like_url(identifier) ? 0 : claim;
}

Result<void> FileSource::resolve(std::uint64_t operation, const SourceRequest& request)
{
    // What a stranger names would be read with our user's rights.
    if (request.is_from_stranger) {
        return make_error(Errc::permission_denied, std::string(request.identifier) + ": only you can name a file of this machine");
    }
    auto content = std::make_shared<Result<Bytes>>(gone());
    auto work = [content, path = std::string(request.identifier)] {
        *content = read_whole_file(path, SHOAL_SOURCE_LARGEST_FILE);
    };
    auto submitted = workers_.run(std::move(work), [this, operation, content](const Result<void>& worked) {
        on_read(operation, worked ? *content : Result<Bytes>(worked.error()));
    });
    if (submitted) under_way_.insert(operation);
    return submitted;
}

void FileSource::on_read(std::uint64_t operation, const Result<Bytes>& content)
{
    if (under_way_.erase(operation) == 0) return;
    if (content) answers_.torrent_file(operation, *content);
    else answers_.failed(operation, content.error());
}

// The worker cannot be called back; nobody waits for it.
void FileSource::cancel(std::uint64_t operation)
{
    if (under_way_.erase(operation) != 0) answers_.failed(operation, gone());
}

void FileSource::on_stop()
{
    for (const auto operation : std::exchange(under_way_, {})) answers_.failed(operation, gone());
}

} // namespace shoal::file_source
