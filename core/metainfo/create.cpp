#include "metainfo/create.hpp"

#include "metainfo/hash_pieces.hpp"
#include "metainfo/names.hpp"
#include "metainfo/sources.hpp"
#include "metainfo/walk.hpp"

#include <shoal/bencode.hpp>
#include <shoal/utf8.hpp>

#include <bit>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

namespace shoal::metainfo {

namespace {

constexpr std::uint64_t wanted_pieces = 1500;

// What will be written, before anything is hashed.
struct Plan {
    std::string root;
    std::string name;
    Found found;
    bool single_file = false;
    Geometry geometry;
};

Result<void> check_url(const std::string& url, const std::optional<std::string>& read, std::string_view what)
{
    if (read && *read == url) return {};
    return make_error(Errc::invalid_argument, fmt::format("\"{}\" is no URL of a {}", printable(url), what));
}

Result<void> check_options(const CreateOptions& options)
{
    const auto length = options.piece_length.value_or(min_created_piece_length);
    if (!std::has_single_bit(length) || length < min_created_piece_length
        || length > max_created_piece_length) {
        return make_error(Errc::invalid_argument,
                          fmt::format("a piece length of {} bytes: it has to be a power of two from {} to {}",
                                      length, min_created_piece_length, max_created_piece_length));
    }
    for (const auto& tier : options.trackers) {
        for (const auto& url : tier) {
            if (auto checked = check_url(url, tracker_url(url), "tracker"); !checked) return checked;
        }
    }
    for (const auto& url : options.web_seeds) {
        if (auto checked = check_url(url, web_seed_url(url), "web seed"); !checked) return checked;
    }
    if (options.creation_date.value_or(0) < 0) {
        return make_error(Errc::invalid_argument, "the creation date lies before 1970");
    }
    return {};
}

// "folder/", "." and ".." have names too. A symbolic link is called what the link is called.
Result<std::string> name_of(const std::string& path)
{
    std::error_code error;
    auto absolute = std::filesystem::absolute(path, error).lexically_normal();
    if (!absolute.has_filename()) absolute = absolute.parent_path();
    const auto name = absolute.filename().native();
    if (error || name.empty()) {
        return make_error(Errc::invalid_argument, fmt::format("{}: it has no name to share it under", path));
    }
    return name;
}

Result<void> check_name(std::string_view name, std::string_view path)
{
    const auto checked = check_component(name, Limits{});
    if (checked && is_valid_utf8(name)) return {};
    return make_error(Errc::bad_input, fmt::format("{}: it cannot be in a torrent: {}", printable(path),
                                                   checked ? "the name is not UTF-8" : checked.error().text));
}

// Only what every client can read back may go into a torrent.
Result<void> check_names(const Plan& plan)
{
    if (auto checked = check_name(plan.name, plan.root); !checked) return checked;
    for (const auto& file : plan.found.files) {
        std::string_view rest(file.path);
        while (!rest.empty()) {
            const auto component = rest.substr(0, rest.find('/'));
            if (auto checked = check_name(component, file.path); !checked) return checked;
            rest.remove_prefix(std::min(component.size() + 1, rest.size()));
        }
    }
    return {};
}

Result<Plan> make_plan(const std::string& path, const CreateOptions& options)
{
    auto name = options.name.empty() ? name_of(path) : Result<std::string>(options.name);
    if (!name) return std::move(name).error();
    auto found = walk(path);
    if (!found) return std::move(found).error();
    std::vector<FileSpan> spans;
    std::uint64_t total = 0;
    for (const auto& file : found->files) {
        spans.push_back({.offset = total, .length = file.length, .padding = false});
        total += file.length;
    }
    if (total == 0)
        return make_error(Errc::bad_input, fmt::format("{}: there is nothing in it to share", path));
    auto geometry =
        Geometry::make(total, options.piece_length.value_or(piece_length_for(total)), std::move(spans));
    if (!geometry) return std::move(geometry).error();
    const bool single_file = found->files.front().path.empty();
    Plan plan{path, std::move(*name), std::move(*found), single_file, std::move(*geometry)};
    if (auto checked = check_names(plan); !checked) return std::move(checked).error();
    return plan;
}

void write_path(bencode::Writer& writer, std::string_view path)
{
    writer.begin_list();
    while (!path.empty()) {
        const auto component = path.substr(0, path.find('/'));
        writer.string(component);
        path.remove_prefix(std::min(component.size() + 1, path.size()));
    }
    writer.end_list();
}

void write_info(bencode::Writer& writer, const Plan& plan, ByteView hashes, bool is_private)
{
    writer.begin_dict();
    if (plan.single_file) {
        writer.key("length").integer(static_cast<std::int64_t>(plan.geometry.total_length()));
    } else {
        writer.key("files").begin_list();
        for (const auto& file : plan.found.files) {
            writer.begin_dict().key("length").integer(static_cast<std::int64_t>(file.length)).key("path");
            write_path(writer, file.path);
            writer.end_dict();
        }
        writer.end_list();
    }
    writer.key("name").string(plan.name);
    writer.key("piece length").integer(plan.geometry.piece_length());
    writer.key("pieces").bytes(hashes);
    if (is_private) writer.key("private").integer(1);
    writer.end_dict();
}

void write_trackers(bencode::Writer& writer, const std::vector<std::vector<std::string>>& tiers)
{
    std::vector<const std::vector<std::string>*> filled;
    for (const auto& tier : tiers) {
        if (!tier.empty()) filled.push_back(&tier);
    }
    if (filled.empty()) return;
    writer.key("announce").string(filled.front()->front());
    if (filled.size() == 1 && filled.front()->size() == 1) return;
    writer.key("announce-list").begin_list();
    for (const auto* tier : filled) {
        writer.begin_list();
        for (const auto& url : *tier) writer.string(url);
        writer.end_list();
    }
    writer.end_list();
}

void write_web_seeds(bencode::Writer& writer, const std::vector<std::string>& urls)
{
    if (urls.empty()) return;
    writer.key("url-list").begin_list();
    for (const auto& url : urls) writer.string(url);
    writer.end_list();
}

Bytes write_torrent(const Plan& plan, const CreateOptions& options, ByteView hashes)
{
    bencode::Writer writer;
    writer.begin_dict();
    write_trackers(writer, options.trackers);
    if (!options.comment.empty()) writer.key("comment").string(options.comment);
    if (!options.created_by.empty()) writer.key("created by").string(options.created_by);
    if (options.creation_date) writer.key("creation date").integer(*options.creation_date);
    write_info(writer.key("info"), plan, hashes, options.is_private);
    write_web_seeds(writer, options.web_seeds);
    writer.end_dict();
    return writer.take();
}

} // namespace

Bytes to_torrent(const TorrentFile& torrent)
{
    bencode::Writer writer;
    writer.begin_dict();
    write_trackers(writer, torrent.trackers);
    writer.key("info").raw(torrent.info);
    write_web_seeds(writer, torrent.web_seeds);
    writer.end_dict();
    return writer.take();
}

std::uint32_t piece_length_for(std::uint64_t total_length)
{
    constexpr std::uint32_t largest = 16U << 20;
    std::uint32_t length = min_created_piece_length;
    // Doubling halves the count: from more than 4/3 of what is wanted, half of it is nearer.
    while (length < largest && total_length / length > wanted_pieces * 4 / 3) length *= 2;
    return length;
}

Result<Created> create(const std::string& path, const CreateOptions& options, const CreateProgress& progress)
{
    if (auto checked = check_options(options); !checked) return std::move(checked).error();
    auto plan = make_plan(path, options);
    if (!plan) return std::move(plan).error();
    const HashJob job{plan->root, plan->found.files, plan->geometry, options.threads};
    const auto hashes = hash_pieces(job, progress);
    if (!hashes) return hashes.error();
    auto torrent = write_torrent(*plan, options, *hashes);
    // Read back as anybody would: what we make has to pass our own limits.
    auto content = parse(torrent);
    if (!content)
        return make_error(content.error().code, "the torrent would not be readable: " + content.error().text);
    return Created{std::move(torrent), std::move(*content), std::move(plan->found.notes)};
}

} // namespace shoal::metainfo
