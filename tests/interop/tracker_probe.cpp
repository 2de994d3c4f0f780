// One announce or one scrape by Shoal's own tracker plug-ins, without a torrent around it:
//
//     shoal_tracker_probe announce URL INFO_HASH PORT LEFT EVENT     EVENT: none completed started stopped
//     shoal_tracker_probe scrape URL INFO_HASH...
//
// What the tracker said is printed as lines "name value". The exit code is 1 when it said no or nothing.
#include "host/instance.hpp"
#include "host/registry.hpp"
#include "net/live_environment.hpp"

#include <shoal/abi/tracker.h>
#include <shoal/crossing.hpp>
#include <shoal/hex.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace shoal;

constexpr std::array<std::string_view, 4> events = {"none", "completed", "started", "stopped"}; // BEP 15's numbers

class Probe final : host::TrackerSink {
public:
    Probe() { registry_.scan(SHOAL_TEST_PLUGINS); }

    int announce(const std::string& url, const Hash20& hash, std::uint16_t port, std::uint64_t left, std::size_t event)
    {
        if (!open(url)) return 1;
        shoal_announce raw{};
        raw.struct_size = sizeof raw;
        raw.event = static_cast<std::uint32_t>(event);
        raw.url = to_abi(url);
        std::memcpy(raw.info_hash, hash.bytes.data(), sizeof raw.info_hash);
        std::memcpy(raw.peer_id, ("-SH0100-probe-" + std::to_string(100'000 + port)).data(), sizeof raw.peer_id);
        raw.left = left;
        raw.port = port;
        raw.num_want = 50;
        raw.deadline_ns = environment::nanoseconds(environment_.loop.now() + std::chrono::seconds{20});
        const auto operation = tracker_->open_operation(host::OperationKind::announce);
        const auto& table = tracker_->table<shoal_tracker_v1>();
        return finish(tracker_->call(
            "announce", [&] { return table.announce(tracker_->self(), operation, &raw); }));
    }

    int scrape(const std::string& url, const std::vector<Hash20>& hashes)
    {
        if (!open(url)) return 1;
        std::vector<std::uint8_t> octets(hashes.size() * Hash20::size);
        for (std::size_t i = 0; i < hashes.size(); ++i) {
            std::memcpy(octets.data() + i * Hash20::size, hashes[i].bytes.data(), Hash20::size);
        }
        const auto operation = tracker_->open_operation(host::OperationKind::scrape);
        const auto& table = tracker_->table<shoal_tracker_v1>();
        return finish(tracker_->call("scrape", [&] {
            return table.scrape(tracker_->self(), operation, to_abi(url), octets.data(),
                                static_cast<std::uint32_t>(hashes.size()));
        }));
    }

private:
    bool open(const std::string& url)
    {
        const auto scheme = url.substr(0, url.find("://"));
        const auto* factory = registry_.of_scheme(SHOAL_KIND_TRACKER, scheme);
        if (factory == nullptr) {
            std::cerr << "no plug-in serves " << scheme << '\n';
            return false;
        }
        host::InstanceContext context{.environment = environment_,
                                      .tracker = this,
                                      .label = scheme,
                                      .random = environment_.random.fork(1),
                                      .checked = true,
                                      .on_violation = [](const host::Violation& violation) {
                                          std::cerr << describe(violation) << '\n';
                                          std::abort();
                                      }};
        auto made = host::Instance::create(*factory, std::move(context));
        if (made) {
            tracker_ = std::move(*made);
        } else {
            std::cerr << made.error().text << '\n';
        }
        return tracker_ != nullptr;
    }

    int finish(shoal_status accepted)
    {
        if (accepted < 0) {
            std::cerr << tracker_->error_of(accepted, "ask the tracker").text << '\n';
            return 1;
        }
        live_.loop().run_until([this] { return is_told_; });
        return has_failed_ ? 1 : 0;
    }

    void on_announced(std::uint64_t, shoal_status status, const host::AnnounceReply& reply) override
    {
        is_told_ = true;
        has_failed_ = status < 0;
        if (has_failed_) std::cout << "failure " << reply.failure << '\n';
        if (reply.interval_s) std::cout << "interval " << *reply.interval_s << '\n';
        if (reply.complete) std::cout << "complete " << *reply.complete << '\n';
        if (reply.incomplete) std::cout << "incomplete " << *reply.incomplete << '\n';
        for (const auto& peer : reply.peers) std::cout << "peer " << peer.to_string() << '\n';
    }

    void on_scraped(std::uint64_t, shoal_status status, const std::vector<host::ScrapeEntry>& entries) override
    {
        is_told_ = true;
        has_failed_ = status < 0;
        if (has_failed_) std::cout << "failure status " << status << '\n';
        for (const auto& entry : entries) {
            std::cout << "torrent " << entry.info_hash.hex() << ' ' << entry.complete << ' ' << entry.downloaded << ' '
                      << entry.incomplete << '\n';
        }
    }

    net::LiveEnvironment live_;
    environment::Environment environment_ = live_.environment();
    host::Registry registry_;
    std::unique_ptr<host::Instance> tracker_;
    bool is_told_ = false;
    bool has_failed_ = false;
};

Hash20 hash_of(std::string_view text)
{
    const auto octets = from_hex(text);
    const auto hash = octets ? Hash20::from(*octets) : octets.error();
    if (hash) return *hash;
    std::cerr << "not an info-hash: " << text << '\n';
    std::exit(2);
}

std::uint64_t number_of(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc{} && end == text.data() + text.size()) return number;
    std::cerr << "not a number: " << text << '\n';
    std::exit(2);
}

}  // namespace

int main(int count, char** values)
{
    const std::vector<std::string> words(values + 1, values + count);
    Probe probe;
    if (words.size() == 6 && words[0] == "announce") {
        const auto event = std::ranges::find(events, words[5]);
        if (event == events.end()) return 2;
        return probe.announce(words[1], hash_of(words[2]), static_cast<std::uint16_t>(number_of(words[3])),
                              number_of(words[4]), static_cast<std::size_t>(event - events.begin()));
    }
    if (words.size() >= 3 && words[0] == "scrape") {
        std::vector<Hash20> hashes;
        std::transform(words.begin() + 2, words.end(), std::back_inserter(hashes), hash_of);
        return probe.scrape(words[1], hashes);
    }
    std::cerr << "usage: shoal_tracker_probe announce URL INFO_HASH PORT LEFT EVENT | scrape URL INFO_HASH...\n";
    return 2;
}
