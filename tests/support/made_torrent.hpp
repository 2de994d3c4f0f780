// A torrent made of nothing but its shape: content at random, hashes that are right.
#pragma once

#include "metainfo/torrent_file.hpp"

#include <shoal/bencode/writer.hpp>
#include <shoal/random.hpp>
#include <shoal/sha1.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace shoal::test {

struct MadeFile {
    std::string path; // components with '/'
    std::uint64_t length = 0;
    bool is_padding = false;
};

struct MadeTorrent {
    std::shared_ptr<const metainfo::TorrentFile> torrent;
    Bytes content; // of all files, one after the other

    [[nodiscard]] ByteView piece(std::uint32_t number) const
    {
        const auto& geometry = torrent->geometry;
        const auto index = *geometry.piece(number);
        return ByteView(content).subspan(geometry.offset(index), geometry.length(index));
    }
    [[nodiscard]] ByteView file(std::uint32_t number) const
    {
        const auto& file = torrent->files[number];
        return ByteView(content).subspan(file.offset, file.length);
    }
};

struct Recipe {
    std::string name = "made";
    std::vector<MadeFile> files; // one without a path: the torrent is that file, under its own name
    std::uint32_t piece_length = 32768;
    std::vector<std::vector<std::string>> trackers{};
    std::uint64_t seed = 1;
};

inline Bytes made_content(const Recipe& recipe)
{
    Bytes content;
    RandomStream random(recipe.seed, 0);
    for (const auto& file : recipe.files) {
        Bytes part(file.length);
        if (!file.is_padding) random.fill(part);
        content.insert(content.end(), part.begin(), part.end());
    }
    return content;
}

inline void write_file(bencode::Writer& writer, const MadeFile& file)
{
    writer.begin_dict();
    if (file.is_padding) writer.key("attr").string("p");
    writer.key("length").integer(static_cast<std::int64_t>(file.length)).key("path").begin_list();
    std::size_t begin = 0;
    while (begin <= file.path.size()) {
        const auto end = std::min(file.path.find('/', begin), file.path.size());
        writer.string(std::string_view(file.path).substr(begin, end - begin));
        begin = end + 1;
    }
    writer.end_list().end_dict();
}

inline MadeTorrent make_torrent(const Recipe& recipe)
{
    MadeTorrent made{.torrent = nullptr, .content = made_content(recipe)};
    std::string hashes;
    for (std::size_t at = 0; at < made.content.size(); at += recipe.piece_length) {
        const auto size = std::min<std::size_t>(recipe.piece_length, made.content.size() - at);
        hashes += as_text(Sha1::of(ByteView(made.content).subspan(at, size)).bytes);
    }
    bencode::Writer writer;
    writer.begin_dict();
    if (!recipe.trackers.empty()) {
        writer.key("announce-list").begin_list();
        for (const auto& tier : recipe.trackers) {
            writer.begin_list();
            for (const auto& url : tier) writer.string(url);
            writer.end_list();
        }
        writer.end_list();
    }
    writer.key("info").begin_dict();
    const bool is_single = recipe.files.size() == 1 && recipe.files[0].path.empty();
    if (is_single) {
        writer.key("length").integer(static_cast<std::int64_t>(recipe.files[0].length));
    } else {
        writer.key("files").begin_list();
        for (const auto& file : recipe.files) write_file(writer, file);
        writer.end_list();
    }
    writer.key("name").string(recipe.name).key("piece length").integer(recipe.piece_length);
    writer.key("pieces").string(hashes).end_dict().end_dict();
    auto parsed = metainfo::parse(writer.take());
    INFO((parsed ? "" : parsed.error().text));
    REQUIRE(parsed);
    made.torrent = std::make_shared<const metainfo::TorrentFile>(std::move(*parsed));
    return made;
}

} // namespace shoal::test
