// What rules remember: of each thing that was taken when, by which rule and how good it was, and of each that is being taken how far that
// is. All of it outlives the process, in pieces: what changed is one piece, written whole.
#pragma once

#include "quality.hpp"

#include <shoal/bytes.hpp>
#include <shoal/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::feed_rules {

/// What is in a torrent's way from a feed to the session, and no further.
enum class ClaimState : std::uint8_t { waiting, adding, failed };

[[nodiscard]] std::string_view state_name(ClaimState state);

/// One item that would do.
struct Candidate {
    std::string title;
    std::string source; // for torrents.add
    std::string feed;
    std::string name;   // guid or url: the same item is no second candidate
    std::string info_hash;
    std::int64_t preference = 0;
    std::int64_t rank = 0;     // of its quality
    std::int64_t revision = 0;
    std::int64_t seeders = -1; // unknown
    std::int64_t failures = 0;
    bool is_dead = false;      // it failed for good, or too often
    std::vector<std::string> remembered; // what its qBittorrent rule notes when it was taken
    std::int64_t published = 0;
    bool is_peeked = false; // what is in it was seen, and is wanted
    Value::Map item{};      // as it came, for a function that is asked when it was looked into

    /// Which of two is taken first.
    [[nodiscard]] bool is_better_than(const Candidate& other) const;
};

struct Claim {
    std::string rule;
    ClaimState state = ClaimState::waiting;
    std::int64_t since = 0;
    std::int64_t due = 0; // when something is to be done
    std::vector<Candidate> candidates;
    std::size_t chosen = 0; // while adding
};

struct Taken {
    std::string rule;
    std::string title;
    std::string torrent; // its info-hash; empty: it was learned
    std::int64_t at = 0;
    std::int64_t preference = 0;
    std::int64_t rank = 0;
    std::int64_t revision = 0;
};

struct Memo {
    std::optional<Taken> taken;
    std::optional<Claim> claim;
};

class Memory {
public:
    static constexpr std::size_t pieces = 64;

    [[nodiscard]] const Memo* find(const std::string& key) const;
    /// To be changed, and written; made when there is none.
    Memo& change(const std::string& key);
    bool forget(const std::string& key);
    [[nodiscard]] const std::map<std::string, Memo>& all() const { return memos_; }
    [[nodiscard]] std::size_t claims() const;

    /// How many a rule has taken since then, and is taking.
    [[nodiscard]] std::int64_t count(const std::string& rule, std::int64_t since) const;

    /// Those that changed since they were last asked for, encoded. A piece that grows too large loses what was taken longest ago.
    std::vector<std::pair<std::size_t, Bytes>> take_changed();
    /// Of an earlier process. False: it cannot be read, and nothing of it is taken over.
    bool read_piece(ByteView piece);

private:
    struct Encoded {
        std::string key;
        Bytes octets;
        std::optional<std::int64_t> taken_at; // none: it may not be dropped
    };

    [[nodiscard]] static std::size_t piece_of(std::string_view key);
    void drop_oldest(std::vector<Encoded>& memos);

    std::map<std::string, Memo> memos_;
    std::set<std::size_t> changed_;
};

} // namespace shoal::feed_rules
