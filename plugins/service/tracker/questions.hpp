// What clients ask, taken from the target of a GET: path, arguments and their octets.
#pragma once

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::embedded_tracker {

/// Path and arguments of a request target. Values are octets again; '+' is a plus sign (RFC 3986).
class Target {
public:
    /// Errors: bad_input for a '%' that no two hexadecimal digits follow, and for more than 1,000 arguments.
    [[nodiscard]] static Result<Target> parse(std::string_view target);

    [[nodiscard]] std::string_view path() const noexcept { return path_; }

    /// Of an argument that comes more than once, the last: clients append theirs to what a URL brings.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

private:
    struct Argument {
        std::string name;
        std::string value;
    };

    std::string path_;
    std::vector<Argument> arguments_;
};

enum class Event { none, completed, started, stopped };

/// An announce as BEP 3, 7 and 23 have it.
struct AnnounceQuestion {
    static constexpr std::uint32_t usual_peers = 50;
    static constexpr std::uint32_t most_peers = 200;

    Hash20 info_hash;
    WirePeerId peer_id;
    std::uint16_t port = 0;
    bool is_seed = false; // left=0
    bool is_compact = false;
    bool wants_ids = true;
    Event event = Event::none;
    std::uint32_t num_want = usual_peers;
    std::optional<Address> claimed; // ip=
};

/// Errors: bad_input with a text that becomes the failure reason.
[[nodiscard]] Result<AnnounceQuestion> read_announce(const Target& target);

/// Each once, in the order of their octets. Errors: bad_input when there is none, or one that is none.
[[nodiscard]] Result<std::vector<Hash20>> read_scrape(const Target& target);

} // namespace shoal::embedded_tracker
