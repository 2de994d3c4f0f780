// Torrents as text, so that a test can write what no encoder would.
#pragma once

#include "metainfo/torrent_file.hpp"

#include <shoal/bytes.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::metainfo::test {

inline std::string str(std::string_view text)
{
    return std::to_string(text.size()) + ":" + std::string(text);
}
inline std::string num(std::int64_t value) { return "i" + std::to_string(value) + "e"; }

inline std::string list(const std::vector<std::string>& values)
{
    std::string text = "l";
    for (const auto& value : values) text += value;
    return text + "e";
}

/// A dict whose values are encoded already; its keys stay in the order in which they were first set.
class Dict {
public:
    Dict() = default;
    Dict(std::initializer_list<std::pair<std::string, std::string>> entries) : entries_(entries) {}

    Dict& set(std::string_view key, std::string value)
    {
        const auto found = std::ranges::find(entries_, key, &Entry::first);
        if (found != entries_.end()) {
            found->second = std::move(value);
        } else {
            entries_.emplace_back(key, std::move(value));
        }
        return *this;
    }

    Dict& drop(std::string_view key)
    {
        std::erase_if(entries_, [&](const Entry& entry) { return entry.first == key; });
        return *this;
    }

    [[nodiscard]] std::string text() const
    {
        std::string text = "d";
        for (const auto& [key, value] : entries_) text += str(key) + value;
        return text + "e";
    }

private:
    using Entry = std::pair<std::string, std::string>;
    std::vector<Entry> entries_;
};

inline std::string path(const std::vector<std::string>& components)
{
    std::vector<std::string> encoded;
    for (const auto& component : components) encoded.push_back(str(component));
    return list(encoded);
}

inline std::string file(std::int64_t length, const std::vector<std::string>& components)
{
    return Dict{{"length", num(length)}, {"path", path(components)}}.text();
}

inline std::string padding(std::int64_t length)
{
    return Dict{{"attr", str("p")}, {"length", num(length)}, {"path", path({".pad", "same"})}}.text();
}

inline std::string hashes(std::size_t count) { return str(std::string(count * 20, 'h')); }

/// Good as it is: one file of 40,000 bytes in three pieces.
inline Dict single_file()
{
    return {{"length", num(40'000)},
            {"name", str("alice.txt")},
            {"piece length", num(16'384)},
            {"pieces", hashes(3)}};
}

/// Good where `pieces` fit the files.
inline Dict several_files(const std::vector<std::string>& files, std::size_t pieces = 1)
{
    return {{"files", list(files)},
            {"name", str("books")},
            {"piece length", num(16'384)},
            {"pieces", hashes(pieces)}};
}

inline std::string torrent(const Dict& info) { return Dict{{"info", info.text()}}.text(); }

inline Result<TorrentFile> parsed(const std::string& text) { return parse(as_bytes(text)); }
inline Result<TorrentFile> parsed(const Dict& info) { return parsed(torrent(info)); }

inline void refuses(const Result<TorrentFile>& result, Errc code, const std::string& text)
{
    REQUIRE_FALSE(result);
    CHECK(errc_name(result.error().code) == errc_name(code));
    CHECK_THAT(result.error().text, Catch::Contains(text));
}

inline void accepts(const Result<TorrentFile>& result)
{
    INFO((result ? "" : result.error().text));
    REQUIRE(result);
}

} // namespace shoal::metainfo::test
