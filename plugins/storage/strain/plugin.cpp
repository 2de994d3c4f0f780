#include "strain_storage.hpp"

#include <array>
#include <utility>

namespace shoal::strain_storage {
namespace {

constexpr std::array<std::pair<std::string_view, Errc>, 3> errors{
    {{"io", Errc::io_error}, {"full", Errc::disk_full}, {"access", Errc::permission_denied}}};

Errc error_of(std::string_view name)
{
    for (const auto& [known, code] : errors) {
        if (known == name) return code;
    }
    return Errc::io_error;
}

Result<StrainSettings> settings_of(const Host& host)
{
    const auto settings = host.settings();
    const auto number = [&](const char* name) { return static_cast<std::uint64_t>(settings.integer(name)); };
    const auto time = [&](const char* name) { return std::chrono::microseconds(settings.integer(name)); };
    auto failing = parse_verbs(settings.text("fail"));
    if (!failing) return failing.error();
    const auto random = host.random();
    return StrainSettings{.faults = {.latency = time("latency"),
                                     .jitter = time("jitter"),
                                     .rate = number("rate"),
                                     .short_permille = static_cast<std::uint32_t>(number("short")),
                                     .failing = std::move(*failing),
                                     .fail_permille = static_cast<std::uint32_t>(number("fail_often")),
                                     .fail_from = number("fail_from"),
                                     .fail_count = number("fail_count")},
                          .error = error_of(settings.text("error")),
                          .seed = number("seed") != 0 || !random ? number("seed") : random.next()};
}

class Plugin final : public StrainStorage {
public:
    explicit Plugin(Host& host)
        : StrainStorage(host, InnerStorage::make(host, host.settings().text("inner")), settings_of(host))
    {
    }
};

} // namespace
} // namespace shoal::strain_storage

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.storage.strain", "version": "1.0.0", "license": "MIT",
  "summary": "Any other storage on a bad disk: slow, failing, out of order, in part.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.storage/1", "name": "strain", "scope": "torrent" } ],
  "requires": [ "shoal.host.settings/1", "shoal.host.storage/1", "shoal.host.workers/1" ],
  "optional": [ "shoal.host.random/1" ],
  "settings": {
    "inner": { "type": "text", "default": "file", "scope": "torrent", "live": false,
               "help": "the storage that keeps what is written" },
    "seed": { "type": "int", "default": 0, "min": 0, "max": 9007199254740991, "scope": "torrent", "live": false,
              "help": "of the random numbers; 0: another one for each torrent" },
    "latency": { "type": "int", "default": 0, "min": 0, "max": 60000000, "unit": "us",
                 "scope": "torrent", "live": false, "help": "that each call takes" },
    "jitter": { "type": "int", "default": 0, "min": 0, "max": 60000000, "unit": "us",
                "scope": "torrent", "live": false,
                "help": "that each call takes at most beyond that: calls that run together end in any order" },
    "rate": { "type": "int", "default": 0, "min": 0, "max": 1000000000000, "unit": "bytes/s",
              "scope": "torrent", "live": false,
              "help": "of a device that does one thing after the other; 0: any" },
    "short": { "type": "int", "default": 0, "min": 0, "max": 1000, "scope": "torrent", "live": false,
               "help": "of 1,000 reads and writes, how many are done in part first" },
    "fail": { "type": "text", "default": "read write", "scope": "torrent", "live": false,
              "help": "what may fail: open, size, read, write, finish, flush, move, rename, remove" },
    "fail_often": { "type": "int", "default": 0, "min": 0, "max": 1000, "scope": "torrent", "live": false,
                    "help": "of 1,000 such calls, how many fail" },
    "fail_from": { "type": "int", "default": 0, "min": 0, "max": 9007199254740991, "scope": "torrent", "live": false,
                   "help": "such a call, counted from 1, with which failing begins; 0: never" },
    "fail_count": { "type": "int", "default": 1, "min": 1, "max": 9007199254740991, "scope": "torrent",
                    "live": false, "help": "how many fail then, one after the other" },
    "error": { "type": "text", "default": "io", "choices": [ "io", "full", "access" ], "scope": "torrent",
               "live": false, "help": "with what they fail" } },
  "sim_safe": true })json",
             shoal::storage<shoal::strain_storage::Plugin>("strain"))
