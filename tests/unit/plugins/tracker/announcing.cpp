#include "announcing.hpp"

#include <shoal/abi/service.h>
#include <shoal/abi/tracker.h>
#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

namespace shoal::test {
namespace {

std::array<std::uint8_t, 20> info_hash()
{
    std::array<std::uint8_t, 20> hash{};
    for (std::size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<std::uint8_t>(i * 13);
    return hash;
}

} // namespace

Announcing::Announcing(Ground ground, const host::SettingValues& settings, const std::string& scheme)
    : ground_(std::move(ground))
{
    registry_.scan(SHOAL_TEST_PLUGINS);
    service_ = make("shoal.service/1", "tracker", ground_.server, settings);
    const auto& table = service_->table<shoal_service_v1>();
    REQUIRE(service_->call("start", [&] { return table.start(service_->self()); }) == SHOAL_OK);
    std::string urls;
    service_->call("summary", [&] { urls = from_abi(table.summary(service_->self())); });
    announce_url = urls.substr(urls.find(scheme + "://"));
    announce_url = announce_url.substr(0, announce_url.find(' '));
    tracker_ = make("shoal.tracker/1", scheme, ground_.client, {});
}

Announcing::~Announcing() = default;

std::unique_ptr<host::Instance> Announcing::make(std::string_view kind, std::string_view name,
                                                 environment::Environment& environment,
                                                 const host::SettingValues& settings)
{
    const auto factory = registry_.find(kind, name);
    if (!factory) FAIL(factory.error().text);
    const auto on_violation = [](const host::Violation& violation) { FAIL_CHECK(describe(violation)); };
    host::InstanceContext context{.environment = environment,
                                  .settings = settings,
                                  .tracker = this,
                                  .label = std::string(name),
                                  .random = environment.random.fork(1),
                                  .checked = true,
                                  .on_violation = on_violation};
    auto instance = host::Instance::create(**factory, std::move(context));
    if (!instance) FAIL(instance.error().text);
    return std::move(*instance);
}

void Announcing::on_announced(std::uint64_t operation, shoal_status status, const host::AnnounceReply& reply)
{
    CHECK(answers.emplace(operation, Announced{status, reply}).second);
}

void Announcing::on_scraped(std::uint64_t operation, shoal_status status,
                            const std::vector<host::ScrapeEntry>& entries)
{
    CHECK(scraped_.emplace(operation, Scraped{status, entries}).second);
}

void Announcing::wait_for(UniqueFunction<bool()> done) { REQUIRE(ground_.run_until(std::move(done))); }

Announced Announcing::announce(const Client& client, std::uint32_t event, const std::string& url)
{
    const auto operation = begin(client, event, url);
    wait_for([&] { return answers.contains(operation); });
    return answers[operation];
}

std::uint64_t Announcing::begin(const Client& client, std::uint32_t event, const std::string& url)
{
    shoal_announce raw{};
    raw.struct_size = sizeof raw;
    raw.event = event;
    raw.url = to_abi(url.empty() ? announce_url : url);
    std::ranges::copy(info_hash(), raw.info_hash);
    std::memset(raw.peer_id, client.name, sizeof raw.peer_id);
    raw.left = client.left;
    raw.port = client.port;
    raw.num_want = 50;
    raw.deadline_ns = environment::nanoseconds(ground_.client.loop.now() + std::chrono::seconds{20});
    const auto operation = tracker_->open_operation(host::OperationKind::announce);
    const auto& table = tracker_->table<shoal_tracker_v1>();
    const auto accepted =
        tracker_->call("announce", [&] { return table.announce(tracker_->self(), operation, &raw); });
    REQUIRE(accepted == SHOAL_OK);
    return operation;
}

Scraped Announcing::scrape()
{
    std::vector<std::uint8_t> hashes(40, 'x');
    std::ranges::copy(info_hash(), hashes.begin() + 20);
    const auto operation = tracker_->open_operation(host::OperationKind::scrape);
    const auto& table = tracker_->table<shoal_tracker_v1>();
    const auto accepted = tracker_->call("scrape", [&] {
        return table.scrape(tracker_->self(), operation, to_abi(announce_url), hashes.data(), 2);
    });
    REQUIRE(accepted == SHOAL_OK);
    wait_for([&] { return scraped_.contains(operation); });
    return scraped_[operation];
}

std::vector<std::string> texts(const std::vector<Endpoint>& peers)
{
    std::vector<std::string> out;
    for (const auto& peer : peers) out.push_back(peer.to_string());
    return out;
}

} // namespace shoal::test
