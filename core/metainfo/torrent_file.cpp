#include "metainfo/torrent_file.hpp"

#include "metainfo/info_dict.hpp"
#include "metainfo/sources.hpp"

#include <shoal/assert.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

namespace shoal::metainfo {

namespace {

std::string text_of(bencode::Node root, const char* key_utf8, const char* key)
{
    auto text = root.find_string(key_utf8);
    if (!text) text = root.find_string(key);
    return to_valid_utf8(text.value_or(""));
}

Error file_error(const std::string& path, int error)
{
    const auto text = fmt::format("{}: {}", path, std::strerror(error));
    switch (error) {
    case ENOENT:
    case ENOTDIR: return make_error(Errc::not_found, text);
    case EACCES:
    case EPERM: return make_error(Errc::permission_denied, text);
    case EISDIR: return make_error(Errc::bad_input, fmt::format("{}: a folder, not a torrent", path));
    default: return make_error(Errc::io_error, text);
    }
}

// Never more than one byte above the limit, whatever the size says: the path may name a device or a pipe.
Result<Bytes> read_at_most(const std::string& path, std::size_t limit)
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) return file_error(path, errno);
    Bytes content;
    for (std::size_t got = 0; content.size() <= limit;) {
        const auto chunk = std::min<std::size_t>(limit + 1 - content.size(), 1U << 18);
        content.resize(content.size() + chunk);
        errno = 0;
        got = std::fread(content.data() + content.size() - chunk, 1, chunk, file.get());
        content.resize(content.size() - chunk + got);
        if (std::ferror(file.get()) != 0) return file_error(path, errno);
        if (got < chunk) break;
    }
    return content;
}

} // namespace

Hash20 TorrentFile::hash(PieceIndex piece) const
{
    const auto at = hashes_at + std::size_t{piece.value()} * Hash20::size;
    SHOAL_ASSERT(at + Hash20::size <= info.size());
    Hash20 hash;
    std::ranges::copy(ByteView(info).subspan(at, Hash20::size), hash.bytes.begin());
    return hash;
}

std::string TorrentFile::disk_path(FileIndex index) const
{
    return single_file ? name : name + "/" + file(index).path;
}

Result<TorrentFile> parse(ByteView torrent, const Limits& limits)
{
    if (torrent.size() > limits.torrent_size) {
        return make_error(Errc::limit_exceeded,
                          fmt::format("the torrent is larger than {} bytes", limits.torrent_size));
    }
    const auto document = bencode::Document::parse(torrent, limits.bencode);
    if (!document) return make_error(document.error().code, "not a torrent: " + document.error().text);
    const auto root = document->root();
    if (!root.is_dict()) return make_error(Errc::bad_input, "not a torrent: it is not a dictionary");
    const auto info = root.find("info");
    if (!info) return make_error(Errc::bad_input, "not a torrent: it has no info");
    auto parsed = read_info(*info, limits);
    if (!parsed) return parsed;

    parsed->trackers = read_trackers(root, limits.trackers);
    parsed->web_seeds = read_web_seeds(root, limits.web_seeds);
    parsed->nodes = read_nodes(root, limits.nodes);
    parsed->comment = text_of(root, "comment.utf-8", "comment");
    parsed->created_by = text_of(root, "created by.utf-8", "created by");
    const auto date = root.find_int("creation date");
    if (date && *date >= 0) parsed->creation_date = date;
    return parsed;
}

Result<TorrentFile> parse_info(ByteView info, const Limits& limits)
{
    if (info.size() > limits.info_size) {
        return make_error(Errc::limit_exceeded,
                          fmt::format("the info of the torrent is larger than {} bytes", limits.info_size));
    }
    const auto document = bencode::Document::parse(info, limits.bencode);
    if (!document)
        return make_error(document.error().code, "not the info of a torrent: " + document.error().text);
    return read_info(document->root(), limits);
}

Result<TorrentFile> load(const std::string& path, const Limits& limits)
{
    const auto content = read_at_most(path, limits.torrent_size);
    if (!content) return content.error();
    auto parsed = parse(*content, limits);
    if (!parsed) return make_error(parsed.error().code, fmt::format("{}: {}", path, parsed.error().text));
    return parsed;
}

} // namespace shoal::metainfo
