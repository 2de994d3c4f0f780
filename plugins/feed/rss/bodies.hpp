// The last bodies of every feed, as they came, in files: what a rule would have done with them can be asked later. All functions are
// [worker]; one job runs at a time.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace shoal::rss {

struct KeptBody {
    std::int64_t at = 0; // unix time
    std::uint32_t status = 0; // of HTTP
    Bytes octets{};
};

class Bodies {
public:
    struct Limits {
        std::size_t count = 10;
        std::uint64_t octets = 32u << 20; // of one feed; the newest is kept in any case
    };

    Bodies(std::filesystem::path folder, Limits limits) : folder_(std::move(folder)), limits_(limits) {}

    /// `is_feed`: it could be read as one. Of the others only the newest is kept, and what is the same as the newest not again.
    Result<void> keep(const std::string& feed, const KeptBody& body, bool is_feed) const;
    /// The newest first, beginning with number `from` of them.
    [[nodiscard]] std::vector<KeptBody> read(const std::string& feed, std::size_t from, std::size_t limit) const;
    /// That could be read as a feed.
    [[nodiscard]] std::optional<KeptBody> newest(const std::string& feed) const;
    void forget(const std::string& feed) const;

private:
    struct File {
        std::filesystem::path path{};
        std::int64_t at = 0;
        std::uint32_t status = 0;
        bool is_feed = false;
        std::uint64_t octets = 0;
    };

    [[nodiscard]] std::filesystem::path folder_of(const std::string& feed) const;
    [[nodiscard]] std::vector<File> files_of(const std::string& feed) const;
    void make_room(const std::string& feed) const;

    std::filesystem::path folder_;
    Limits limits_;
};

} // namespace shoal::rss
