#pragma once

#include "environment/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::queue {

// A limit of one torrent: the default's, none, or one of its own.
template <class T>
class EndLimit {
public:
    static EndLimit as_default() { return {}; }
    static EndLimit none() { return EndLimit(false, std::nullopt); }
    static EndLimit at(T value) { return EndLimit(false, value); }

    std::optional<T> resolve(const std::optional<T>& by_default) const { return is_default_ ? by_default : own_; }

    friend bool operator==(const EndLimit&, const EndLimit&) = default;

private:
    EndLimit() = default;
    EndLimit(bool is_default, std::optional<T> own) : is_default_(is_default), own_(own) {}

    bool is_default_ = true;
    std::optional<T> own_;
};

// When a complete torrent has given enough. Whatever is reached first ends it.
struct EndRule {
    EndLimit<double> ratio = EndLimit<double>::as_default();  // given against had
    EndLimit<environment::Duration> seeding_time = EndLimit<environment::Duration>::as_default();
    EndLimit<environment::Duration> idle_time = EndLimit<environment::Duration>::as_default();  // since somebody took something
};

// For torrents that say nothing of their own. No value: no limit.
struct EndDefaults {
    std::optional<double> ratio{};
    std::optional<environment::Duration> seeding_time{};
    std::optional<environment::Duration> idle_time{};
};

// What is known of a torrent.
struct Given {
    bool is_complete = false;  // of what is wanted
    std::uint64_t size = 0;    // octets of what is wanted
    std::uint64_t downloaded = 0;
    std::uint64_t uploaded = 0;
    environment::Duration seeding{};  // altogether
    environment::Duration idle{};     // since octets went out, or since it began to seed in this run
};

// Octets given for each that was had. What was here before it was added counts as had; waste does, too.
double ratio_of(const Given& given);

enum class EndReason { ratio, seeding_time, idle_time };
// The limit's name among the changes of torrents.set: "ratio", "seed_time", "idle_time".
std::string_view setting_of(EndReason reason);

struct Ending {
    EndReason reason;
    std::string text;  // for people: "its ratio is 2.01, the limit 2"
};

// Nothing: it goes on.
std::optional<Ending> ending_of(const EndRule& rule, const EndDefaults& defaults, const Given& given);

// How long until time alone ends it; 0: something has. Nothing: time does not.
std::optional<environment::Duration> time_until_end(const EndRule& rule, const EndDefaults& defaults, const Given& given);

}  // namespace shoal::queue
