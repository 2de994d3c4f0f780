// How metadata is fetched: which block is asked of whom, and who is to blame when all of it together is not the torrent's.
// Considerations: many peers at once, each block of one of them; peers that say different sizes are asked for different drafts; what
// is claimed costs nothing, what arrives is bounded; who rejects, is slow or lies is left alone, longer each time; when the whole
// is false and several gave it, it is fetched again from one peer after the other, until one of them is alone with the blame.
#pragma once

#include "distrust.hpp"
#include "draft.hpp"
#include "source.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace shoal::metadata_exchange {

enum class Verdict {
    taken,
    not_this_torrents,
    useless, // it is the torrent's, or nobody wants it any more: no other would do
};

/// What a fetch does. It may not be called back from inside.
class FetchActions {
public:
    /// False: it cannot be sent now.
    virtual bool request(PeerHandle peer, std::uint32_t block) = 0;
    virtual Verdict complete(ByteView metadata) = 0;
    virtual void disconnect(PeerHandle peer, std::string_view why) = 0;

protected:
    ~FetchActions() = default;
};

class Fetch {
public:
    static constexpr std::uint32_t most_octets = 16 << 20;
    static constexpr std::size_t most_drafts = 3; // that hold anything

    explicit Fetch(FetchActions& actions) noexcept : actions_(&actions) {}

    /// A peer has come, or changed its mind. `size` is 0 when it has no metadata.
    void on_peer(PeerHandle peer, const Address& address, std::uint32_t size, Time now);
    void on_gone(PeerHandle peer, Time now);
    /// False: it was not asked for.
    bool on_data(PeerHandle peer, const Data& data, Time now);
    bool on_reject(PeerHandle peer, std::uint32_t block, Time now);
    void tick(Time now);
    /// There is nothing to fetch any more.
    void stop();

    [[nodiscard]] bool wants_ticks() const noexcept { return !sources_.empty(); }

private:
    struct Attempt {
        explicit Attempt(std::uint32_t size, std::uint64_t order) noexcept : draft(size), order(order) {}

        Draft draft;
        std::uint64_t order; // who has waited longest
        Time turn_ends{};    // when another may have its place
        bool is_solo = false;
        std::optional<PeerHandle> sole{};
    };
    struct Standing; // of an attempt among others

    void pump(Time now);
    [[nodiscard]] std::vector<Attempt*> chosen(Time now);
    void ask_all(Attempt& attempt, Time now);
    void ask_sole(Attempt& attempt, Time now);
    bool ask(Attempt& attempt, PeerHandle peer, Source& source, Time now);
    [[nodiscard]] bool has_other(const Attempt& attempt, Time now) const;
    [[nodiscard]] std::optional<PeerHandle> most_trusted(const Attempt& attempt, Time now) const;
    void finish(Attempt& attempt, Time now);
    void blame(Attempt& attempt, Time now);
    void clear(Attempt& attempt);
    void leave(PeerHandle peer, Source& source);
    void expel(PeerHandle peer, std::string_view why);
    void let_others_first(const Source& source);
    void give_back(const Source& source, const std::vector<std::uint32_t>& blocks);

    FetchActions* actions_;
    std::map<PeerHandle, Source> sources_;
    std::map<std::uint32_t, Attempt> attempts_; // by size
    Distrust distrust_;
    std::uint64_t order_ = 0;
    bool is_over_ = false;
};

} // namespace shoal::metadata_exchange
