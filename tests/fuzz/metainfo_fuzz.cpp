// Any bytes as a .torrent, as the info that peers send, and as a magnet link: no crash, and whatever is
// accepted stays in its folder and fits together.
#include "metainfo/magnet.hpp"
#include "metainfo/torrent_file.hpp"

#include <shoal/assert.hpp>
#include <shoal/bytes.hpp>
#include <shoal/sha1.hpp>
#include <shoal/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace shoal;

void check_path(const std::string& path)
{
    SHOAL_ASSERT(!path.empty() && path.size() <= 4096 && is_valid_utf8(path));
    const auto framed = "/" + path + "/";
    for (const auto* bad : {"//", "/./", "/../", "\\"}) SHOAL_ASSERT(framed.find(bad) == std::string::npos);
    SHOAL_ASSERT(path.find('\0') == std::string::npos);
}

void check(const metainfo::TorrentFile& torrent)
{
    SHOAL_ASSERT(torrent.files.size() == torrent.geometry.file_count());
    SHOAL_ASSERT(torrent.info_hash.v1 == Sha1::of(torrent.info));
    std::uint64_t total = 0;
    for (const auto index : torrent.geometry.files()) {
        const auto& file = torrent.file(index);
        SHOAL_ASSERT(file.offset == total && file.length == torrent.geometry.file_span(index).length);
        total += file.length;
        if (!file.padding) check_path(torrent.disk_path(index));
    }
    SHOAL_ASSERT(total == torrent.geometry.total_length());
    for (const auto piece : torrent.geometry.pieces()) static_cast<void>(torrent.hash(piece));

    const auto again = metainfo::parse_info(torrent.info);
    SHOAL_ASSERT(again && again->info_hash == torrent.info_hash && again->files == torrent.files);
    const auto magnet = metainfo::parse_magnet(metainfo::to_magnet(torrent));
    SHOAL_ASSERT(magnet && magnet->info_hash == torrent.info_hash && magnet->name == torrent.name);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto input = std::as_bytes(std::span(data, size));
    if (const auto torrent = metainfo::parse(input)) check(*torrent);
    if (const auto torrent = metainfo::parse_info(input)) check(*torrent);
    const auto link = as_text(input);
    for (const auto& text : {std::string(link), "magnet:?" + std::string(link)}) {
        const auto magnet = metainfo::parse_magnet(text);
        SHOAL_ASSERT(!magnet || magnet->info_hash.v1 || magnet->info_hash.v2);
    }
    return 0;
}
