#include "client/source.hpp"

#include "metainfo/create.hpp"



#include <algorithm>
#include <cctype>

namespace shoal::client {

namespace {

constexpr std::size_t info_hash_digits = 40;

bool is_info_hash(const std::string& text)
{
    const auto is_digit = [](unsigned char c) { return std::isxdigit(c) != 0; };
    return text.size() == info_hash_digits && std::ranges::all_of(text, is_digit);
}

Result<Source> from_magnet(std::string link)
{
    auto magnet = metainfo::parse_magnet(link);
    if (!magnet) return magnet.error();
    return FromMagnet{std::move(*magnet), std::move(link)};
}

}  // namespace

Result<Source> read_source(const std::string& text)
{
    if (metainfo::is_magnet(text)) return from_magnet(text);
    if (is_info_hash(text)) return from_magnet("magnet:?xt=urn:btih:" + text);
    auto metainfo = metainfo::load(text);
    if (!metainfo) return metainfo.error();
    Bytes octets = metainfo::to_torrent(*metainfo);
    return FromFile{std::move(*metainfo), std::move(octets)};
}

}  // namespace shoal::client
