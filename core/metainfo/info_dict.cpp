#include "metainfo/info_dict.hpp"

#include "metainfo/names.hpp"

#include <shoal/sha1.hpp>
#include <shoal/sha256.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

namespace shoal::metainfo {

namespace {

using bencode::Node;

struct Layout {
    std::vector<File> files;
    std::vector<bool> replaced; // by file: its path was not UTF-8
    std::uint64_t total = 0;
};

Error bad(std::string text) { return make_error(Errc::bad_input, std::move(text)); }

Result<std::string> read_name(Node info, const Limits& limits)
{
    auto raw = info.find_string("name.utf-8");
    if (!raw || raw->empty() || !is_valid_utf8(*raw)) raw = info.find_string("name");
    if (!raw) return bad("the torrent has no name");
    auto name = to_valid_utf8(*raw);
    if (auto checked = check_component(name, limits); !checked) return std::move(checked).error();
    return name;
}

// What both a file of a list and a single-file torrent say about one file, its path aside.
Result<File> read_file(Node entry)
{
    const auto length = entry.find("length");
    if (!length) return bad("it has no length");
    if (!length->is_integer()) return bad("its length is not an integer");
    if (*length->integer() < 0) return bad(fmt::format("its length is {}", *length->integer()));

    File file;
    file.length = static_cast<std::uint64_t>(*length->integer());
    const auto attributes = entry.find_string("attr").value_or("");
    const bool is_link = attributes.find('l') != attributes.npos || entry.find("symlink path");
    if (is_link && file.length > 0)
        return make_error(Errc::unsupported, "it is a symbolic link that has content");
    file.padding = is_link || attributes.find('p') != attributes.npos;
    return file;
}

std::optional<Node> utf8_path(Node entry)
{
    const auto list = entry.find_list("path.utf-8");
    if (!list || list->size() == 0) return std::nullopt;
    for (const auto component : list->items()) {
        const auto text = component.string();
        if (!text || !is_valid_utf8(*text)) return std::nullopt;
    }
    return list;
}

Result<std::string> read_path(Node entry, const Limits& limits, bool& replaced)
{
    auto list = utf8_path(entry);
    if (!list) list = entry.find("path");
    if (!list) return bad("it has no path");
    if (!list->is_list() || list->size() == 0) return bad("its path is not a list of names");
    std::string path;
    for (const auto item : list->items()) {
        const auto raw = item.string();
        if (!raw) return bad("its path is not a list of names");
        const auto component = to_valid_utf8(*raw);
        if (auto checked = check_component(component, limits); !checked) return std::move(checked).error();
        replaced = replaced || component != *raw;
        if (!path.empty()) path += '/';
        path += component;
    }
    return path;
}

Result<void> append_file(Layout& layout, File file, bool replaced)
{
    // Both fit into 63 bits, so neither the sum nor an offset can overflow.
    if (file.length > INT64_MAX - layout.total)
        return bad("the lengths of the files add up to more than 2^63");
    file.offset = layout.total;
    layout.total += file.length;
    if (file.padding) file.path = fmt::format(".pad/{}", file.length);
    layout.files.push_back(std::move(file));
    layout.replaced.push_back(replaced);
    return {};
}

Result<Layout> read_list(Node list, const Limits& limits)
{
    Layout layout;
    for (const auto entry : list.items()) {
        const auto in_file = [&](const Error& error) {
            return make_error(error.code, fmt::format("file {}: {}", layout.files.size() + 1, error.text));
        };
        if (!entry.is_dict()) return in_file(bad("it is not a dictionary"));
        auto file = read_file(entry);
        if (!file) return in_file(file.error());
        bool replaced = false;
        if (!file->padding) {
            auto path = read_path(entry, limits, replaced);
            if (!path) return in_file(path.error());
            file->path = std::move(*path);
        }
        if (auto added = append_file(layout, std::move(*file), replaced); !added)
            return std::move(added).error();
    }
    return layout;
}

Result<Layout> read_single(Node info, const std::string& name)
{
    auto file = read_file(info);
    if (!file) return make_error(file.error().code, fmt::format("the only file: {}", file.error().text));
    file->path = name;
    Layout layout;
    if (auto added = append_file(layout, std::move(*file), false); !added) return std::move(added).error();
    return layout;
}

Result<Layout> read_files(Node info, const std::string& name, const Limits& limits)
{
    const auto list = info.find("files");
    if (list && !list->is_list()) return bad("the list of files is not a list");
    if (!list && !info.find("length")) return bad("the torrent has neither a length nor a list of files");
    // Where a torrent has both, the list counts, as with other clients.
    auto layout = list ? read_list(*list, limits) : read_single(info, name);
    if (!layout) return layout;
    if (layout->files.empty()) return bad("the list of files is empty");
    if (layout->total == 0) return bad("the torrent has no content: all its files are empty");
    bool has_content = false;
    for (const auto& file : layout->files) has_content = has_content || (!file.padding && file.length > 0);
    if (!has_content) return bad("the torrent has no content, only padding");
    if (list) {
        const auto settled = settle_paths(layout->files, layout->replaced, name, limits);
        if (!settled) return settled.error();
    }
    return layout;
}

Result<std::uint32_t> read_piece_length(Node info)
{
    const auto found = info.find("piece length");
    if (!found) return bad("the piece length is missing");
    const auto length = found->integer();
    if (!length) return bad("the piece length is not an integer");
    if (*length <= 0) return bad(fmt::format("the piece length is {}", *length));
    // Before it is made narrower: 2^32 + 16384 must not pass for 16384.
    if (*length > Geometry::max_piece_length) {
        return make_error(Errc::limit_exceeded, fmt::format("the piece length is {}, at most {} is possible",
                                                            *length, Geometry::max_piece_length));
    }
    return static_cast<std::uint32_t>(*length);
}

Result<ByteView> read_hashes(Node info, const Geometry& geometry)
{
    const auto found = info.find("pieces");
    if (!found) return bad("the piece hashes are missing");
    const auto hashes = found->bytes();
    if (!hashes) return bad("the piece hashes are not a string");
    if (hashes->size() % Hash20::size != 0) {
        return bad(fmt::format("the piece hashes are {} bytes long, not a multiple of 20", hashes->size()));
    }
    if (hashes->size() / Hash20::size != geometry.piece_count()) {
        return bad(fmt::format("there are {} piece hashes for {} pieces", hashes->size() / Hash20::size,
                               geometry.piece_count()));
    }
    return *hashes;
}

Result<Geometry> make_geometry(const Layout& layout, std::uint32_t piece_length)
{
    std::vector<FileSpan> spans;
    spans.reserve(layout.files.size());
    for (const auto& file : layout.files) spans.push_back({file.offset, file.length, file.padding});
    return Geometry::make(layout.total, piece_length, std::move(spans));
}

// Zero is the one way to say no (BEP 27 knows only 1): a flag that somebody set, however oddly, keeps peers
// private.
bool read_private(Node info)
{
    const auto flag = info.find("private");
    return flag && flag->integer() != 0;
}

} // namespace

Result<TorrentFile> read_info(Node info, const Limits& limits)
{
    if (!info.is_dict()) return bad("the info of the torrent is not a dictionary");
    const bool has_v2 = info.find_int("meta version") == 2;
    if (has_v2 && !info.find("pieces")) {
        return make_error(Errc::unsupported, "a torrent of version 2 alone (BEP 52); 1 and 1+2 can be read");
    }
    auto name = read_name(info, limits);
    if (!name) return std::move(name).error();
    const auto piece_length = read_piece_length(info);
    if (!piece_length) return piece_length.error();
    auto layout = read_files(info, *name, limits);
    if (!layout) return std::move(layout).error();
    auto geometry = make_geometry(*layout, *piece_length);
    if (!geometry) return std::move(geometry).error();
    const auto hashes = read_hashes(info, *geometry);
    if (!hashes) return hashes.error();

    const auto raw = info.raw();
    InfoHash info_hash{.v1 = Sha1::of(raw), .v2 = {}};
    if (has_v2 && info.find_dict("file tree")) info_hash.v2 = Sha256::of(raw);
    return TorrentFile{
        .name = std::move(*name),
        .single_file = !info.find("files"),
        .files = std::move(layout->files),
        .geometry = std::move(*geometry),
        .info_hash = info_hash,
        .info = Bytes(raw.begin(), raw.end()),
        .is_private = read_private(info),
        .hashes_at = static_cast<std::size_t>(hashes->data() - raw.data()),
    };
}

} // namespace shoal::metainfo
