#include "fake_host.hpp"

#include <shoal/choker.hpp>
#include <shoal/picker.hpp>
#include <shoal/service.hpp>
#include <shoal/storage.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>

namespace shoal::test {
namespace {

struct Throwing : Picker {
    explicit Throwing(Host&) {}
    void on_events(const SwarmView&, std::span<const shoal_piece_event>) override { throw 42; }
    void pick(const SwarmView&, const PickRequest&, PickList&) override
    {
        throw std::runtime_error("no idea");
    }
    void on_stop() override { throw std::runtime_error("not yet"); }
};

struct Unborn : Picker {
    explicit Unborn(Host&) { throw std::runtime_error("cannot be"); }
    void rank(const SwarmView&, const Ranks&) override {}
};

struct Curious : Picker {
    explicit Curious(Host& host) { static_cast<void>(host.random().next()); }
    void rank(const SwarmView&, const Ranks&) override {}
};

struct Undeclared : Picker {
    explicit Undeclared(Host& host) { static_cast<void>(host.settings().integer("slotz")); }
    void rank(const SwarmView&, const Ranks&) override {}
};

struct Full : Storage {
    explicit Full(Host&) {}
    Result<void> open(const StorageLayout&) override { return {}; }
    Result<std::uint64_t> size(std::uint32_t) override { return std::uint64_t{7}; }
    Result<std::uint64_t> read(std::uint32_t, std::uint64_t, MutableBytes) override
    {
        throw std::bad_alloc();
    }
    Result<void> write(std::uint32_t, std::uint64_t, const WriteParts& parts) override
    {
        return make_error(Errc::disk_full,
                          "no room for " + std::to_string(parts.total()) + " bytes in /data");
    }
};

struct Silent : Service {
    explicit Silent(Host&) {}
    Result<void> start() override { return {}; }
    std::string_view summary() override { throw std::runtime_error("lost for words"); }
};

template <class T>
shoal_status create(FakeHost& host, const shoal_factory& factory, T use)
{
    void* self = nullptr;
    const auto status = factory.create(host.raw(), &self);
    if (status >= 0) {
        use(self);
        factory.destroy(self);
    }
    return status;
}

} // namespace

TEST_CASE("an exception in a call becomes an error status with its text", "[layer]")
{
    FakeHost host;
    const auto factory = picker<Throwing>("throwing");
    const auto& table = *static_cast<const shoal_picker_v1*>(factory.table);
    const auto status = create(host, factory, [&](void* self) {
        shoal_swarm_view swarm{};
        shoal_pick_request request{};
        CHECK(table.pick(self, &swarm, &request, nullptr, 0) == SHOAL_E_EXCEPTION);
        CHECK(host.error == SHOAL_E_EXCEPTION);
        CHECK(host.error_text == "exception in pick: no idea");
        table.on_events(self, &swarm, nullptr, 0);
        CHECK(host.error_text == "exception in on_events: not a std::exception");
        factory.stop(self);
        CHECK(host.error_text == "exception in on_stop: not yet");
    });
    CHECK(status == SHOAL_OK);
    CHECK(host.logged.size() == 3);
}

TEST_CASE("an exception in the constructor makes create fail", "[layer]")
{
    FakeHost host;
    CHECK(create(host, picker<Unborn>("unborn"), [](void*) { FAIL("it was made"); }) == SHOAL_E_EXCEPTION);
    CHECK(host.error_text == "exception in create: cannot be");
}

TEST_CASE("using a service that is not lent fails, and names it", "[layer]")
{
    FakeHost host;
    host.withheld = {SHOAL_SERVICE_RANDOM};
    CHECK(create(host, picker<Curious>("curious"), [](void*) {}) == SHOAL_E_EXCEPTION);
    CHECK_THAT(host.error_text, Catch::Contains("shoal.host.random/1"));
    host.withheld.clear();
    CHECK(create(host, picker<Curious>("curious"), [](void*) {}) == SHOAL_OK);
}

TEST_CASE("asking for a setting that the manifest does not declare fails, and names it", "[layer]")
{
    FakeHost host;
    CHECK(create(host, picker<Undeclared>("undeclared"), [](void*) {}) == SHOAL_E_EXCEPTION);
    CHECK_THAT(host.error_text, Catch::Contains("'slotz'"));
}

TEST_CASE("an error of a storage reaches the host with its code and text", "[layer]")
{
    FakeHost host;
    const auto factory = storage<Full>("full");
    const auto& table = *static_cast<const shoal_storage_v1*>(factory.table);
    create(host, factory, [&](void* self) {
        const shoal_part parts[] = {{"ab", 2}, {"cde", 3}};
        CHECK(table.write(self, 0, 0, parts, 2) == SHOAL_E_NO_SPACE);
        CHECK(host.error_text == "no room for 5 bytes in /data");
        std::uint64_t got = 99;
        CHECK(table.read(self, 0, 0, nullptr, 0, &got) == SHOAL_E_EXCEPTION);
        CHECK(table.size(self, 0, &got) == SHOAL_OK);
        CHECK(got == 7);
    });
}

TEST_CASE("an exception in a call that returns text gives an empty text", "[layer]")
{
    FakeHost host;
    const auto factory = service<Silent>("silent");
    create(host, factory, [&](void* self) {
        CHECK(static_cast<const shoal_service_v1*>(factory.table)->summary(self).size == 0);
        CHECK_THAT(host.error_text, Catch::Contains("lost for words"));
    });
}

} // namespace shoal::test
