#include "cli/show_command.hpp"

#include "cli/quantity.hpp"
#include "cli/typed_source.hpp"
#include "control/json.hpp"
#include "metainfo/magnet.hpp"
#include "metainfo/torrent_file.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <ostream>

namespace shoal::cli {

namespace {

using control::Value;

Value number(std::uint64_t n)
{
    return Value(static_cast<std::int64_t>(n));
}

Value texts(const std::vector<std::string>& all)
{
    Value::List list;
    for (const auto& text : all) list.emplace_back(text);
    return list;
}

Value record_of(const metainfo::TorrentFile& torrent)
{
    Value::Map record;
    record.set("name", torrent.name);
    record.set("info_hash", torrent.info_hash.hex());
    record.set("size", number(torrent.geometry.total_length()));
    record.set("piece_length", number(torrent.geometry.piece_length()));
    record.set("pieces", number(torrent.geometry.piece_count()));
    record.set("private", torrent.is_private);
    if (!torrent.comment.empty()) record.set("comment", torrent.comment);
    if (!torrent.created_by.empty()) record.set("created_by", torrent.created_by);
    if (torrent.creation_date) record.set("creation_date", *torrent.creation_date);
    Value::List tiers;
    for (const auto& tier : torrent.trackers) tiers.push_back(texts(tier));
    record.set("trackers", std::move(tiers));
    record.set("web_seeds", texts(torrent.web_seeds));
    Value::List files;
    for (const FileIndex index : torrent.geometry.files()) {
        const auto& file = torrent.file(index);
        if (file.padding) continue;
        Value::Map entry;
        entry.set("path", torrent.disk_path(index));
        entry.set("size", number(file.length));
        files.emplace_back(std::move(entry));
    }
    record.set("files", std::move(files));
    record.set("magnet", to_magnet(torrent));
    return record;
}

Value record_of(const metainfo::Magnet& magnet)
{
    Value::Map record;
    record.set("info_hash", magnet.info_hash.hex());
    if (!magnet.name.empty()) record.set("name", magnet.name);
    record.set("trackers", texts(magnet.trackers));
    record.set("web_seeds", texts(magnet.web_seeds));
    Value::List peers;
    for (const auto& peer : magnet.peers) peers.emplace_back(fmt::format("{}:{}", peer.host, peer.port));
    record.set("peers", std::move(peers));
    Value::List selection;
    for (const auto& range : magnet.selection) selection.emplace_back(fmt::format("{}-{}", range.first, range.last));
    record.set("selection", std::move(selection));
    return record;
}

void print(std::ostream& out, std::string_view label, std::string_view text)
{
    out << fmt::format("{:<13} {}\n", label, printable(text));
}

void print(std::ostream& out, const metainfo::TorrentFile& torrent)
{
    const Geometry& geometry = torrent.geometry;
    print(out, "name", torrent.name);
    print(out, "info-hash", torrent.info_hash.hex());
    print(out, "size", fmt::format("{} ({} bytes)", size_text(geometry.total_length()), geometry.total_length()));
    print(out, "pieces", fmt::format("{} of {}", geometry.piece_count(), size_text(geometry.piece_length())));
    if (torrent.is_private) print(out, "private", "yes: peers from its trackers only");
    if (!torrent.comment.empty()) print(out, "comment", torrent.comment);
    if (!torrent.created_by.empty()) print(out, "created by", torrent.created_by);
    for (std::size_t tier = 0; tier < torrent.trackers.size(); ++tier) {
        for (const auto& url : torrent.trackers[tier]) print(out, fmt::format("tracker {}", tier + 1), url);
    }
    for (const auto& url : torrent.web_seeds) print(out, "web seed", url);
    for (const FileIndex index : geometry.files()) {
        const auto& file = torrent.file(index);
        if (!file.padding) print(out, "file", fmt::format("{:>10}  {}", size_text(file.length), torrent.disk_path(index)));
    }
    print(out, "magnet", to_magnet(torrent));
}

// "only 0, 4 to 7": people do not know from where a link counts.
std::string selection_text(const std::vector<metainfo::FileRange>& selection)
{
    std::string text;
    for (const auto& range : selection) {
        text += text.empty() ? "only " : ", ";
        text += range.first == range.last ? fmt::format("{}", range.first) : fmt::format("{} to {}", range.first, range.last);
    }
    return text + ", counted from 0";
}

void print(std::ostream& out, const metainfo::Magnet& magnet)
{
    if (!magnet.name.empty()) print(out, "name", magnet.name);
    print(out, "info-hash", magnet.info_hash.hex());
    for (const auto& url : magnet.trackers) print(out, "tracker", url);
    for (const auto& url : magnet.web_seeds) print(out, "web seed", url);
    for (const auto& peer : magnet.peers) print(out, "peer", fmt::format("{}:{}", peer.host, peer.port));
    if (!magnet.selection.empty()) print(out, "files", selection_text(magnet.selection));
}

template <class Content>
void print_content(Program& program, const Content& content, bool json)
{
    if (json) program.out << control::to_json(record_of(content)) << '\n';
    else print(program.out, content);
}

}  // namespace

void print_torrent(Program& program, const metainfo::TorrentFile& torrent, bool json)
{
    print_content(program, torrent, json);
}

ExitCode show(Program& program, const FetchOptions& options)
{
    const auto source = read_source(program, options.swarm, options.source);
    if (!source) {
        program.err << "shoal: " << printable(source.error().text) << std::endl;
        return exit_code_of(source.error());
    }
    if (const auto* file = std::get_if<session::FromFile>(&*source)) print_content(program, file->metainfo, options.is_json);
    else print_content(program, std::get<session::FromMagnet>(*source).magnet, options.is_json);
    return ExitCode::ok;
}

}  // namespace shoal::cli
