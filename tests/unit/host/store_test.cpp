#include "probe.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace shoal::host::test {

namespace {

struct Kept final : KeptValues {
    const Bytes* find(const std::string& plugin, std::string_view key) override
    {
        const auto at = values.find({plugin, std::string(key)});
        return at == values.end() ? nullptr : &at->second;
    }
    Result<void> write(const std::string& plugin, std::string_view key, ByteView value) override
    {
        if (is_full) return make_error(Errc::limit_exceeded, plugin + " keeps too much");
        values[{plugin, std::string(key)}] = Bytes(value.begin(), value.end());
        return {};
    }
    void erase(const std::string& plugin, std::string_view key) override { values.erase({plugin, std::string(key)}); }
    std::vector<std::string_view> keys(const std::string& plugin, std::string_view prefix, std::string_view after,
                                       std::size_t most) const override
    {
        std::vector<std::string_view> found;
        for (const auto& [place, value] : values) {
            const auto& key = place.second;
            if (place.first == plugin && key.starts_with(prefix) && key > after && found.size() < most) found.push_back(key);
        }
        return found;
    }
    void hand_on() override { on_disk = values; }

    std::map<std::pair<std::string, std::string>, Bytes> values;
    std::map<std::pair<std::string, std::string>, Bytes> on_disk;
    bool is_full = false;
};

struct StoreStage : Stage {
    StoreStage() { open(); }

    void open()
    {
        auto with = context();
        with.kept = &kept;
        start(std::move(with));
    }

    shoal_status write(std::string_view key, ByteView value)
    {
        return as_plugin([&] { return probe.store->write(probe.host, text(key), to_abi(value)); });
    }
    // What is there, or the status in words.
    std::string read(std::string_view key)
    {
        return as_plugin([&] {
            shoal_bytes value{};
            const auto status = probe.store->read(probe.host, text(key), &value);
            return status == SHOAL_OK ? std::string(as_text(from_abi(value))) : "status " + std::to_string(status);
        });
    }
    shoal_status erase(std::string_view key)
    {
        return as_plugin([&] { return probe.store->erase(probe.host, text(key)); });
    }

    // The keys, or the status in words.
    std::string list(std::string_view prefix, std::string_view after, std::uint32_t capacity = 10)
    {
        return as_plugin([&] {
            std::vector<shoal_text> keys(capacity);
            std::uint32_t count = 99;
            const auto status = probe.store->list(probe.host, text(prefix), text(after), keys.data(), capacity, &count);
            if (status != SHOAL_OK) return "status " + std::to_string(status);
            std::string all;
            for (std::uint32_t i = 0; i < count; ++i) all += (i == 0 ? "" : " ") + std::string(from_abi(keys[i]));
            return all;
        });
    }

    Kept kept;
};

std::string status(shoal_status status)
{
    return "status " + std::to_string(status);
}

}  // namespace

TEST_CASE("what a plug-in keeps is read, replaced and erased under its own name", "[host][store]")
{
    StoreStage stage;
    CHECK(stage.read("table") == status(SHOAL_E_NOT_FOUND));
    CHECK(stage.write("table", as_bytes("one")) == SHOAL_OK);
    CHECK(stage.write("table", as_bytes("two")) == SHOAL_OK);
    CHECK(stage.write("empty", {}) == SHOAL_OK);
    CHECK(stage.read("table") == "two");
    CHECK(stage.read("empty").empty());
    CHECK(stage.kept.values.contains({"org.example.probe", "table"}));
    CHECK(stage.erase("table") == SHOAL_OK);
    CHECK(stage.erase("table") == SHOAL_OK);
    CHECK(stage.read("table") == status(SHOAL_E_NOT_FOUND));
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("an instance reads what the one before it wrote", "[host][store]")
{
    StoreStage stage;
    stage.write("table", as_bytes("nodes"));
    stage.instance.reset();
    stage.open();
    CHECK(stage.read("table") == "nodes");
}

TEST_CASE("a plug-in lists its own keys, in order, from the one that it had before", "[host][store]")
{
    StoreStage stage;
    stage.kept.values[{"org.example.other", "b/0"}] = {};
    for (const auto* key : {"c", "b/2", "a", "b/1", "b/3"}) stage.write(key, {});
    CHECK(stage.list("", "") == "a b/1 b/2 b/3 c");
    CHECK(stage.list("b/", "") == "b/1 b/2 b/3");
    CHECK(stage.list("b/", "b/1") == "b/2 b/3");
    CHECK(stage.list("", "", 2) == "a b/1");
    CHECK(stage.list("", "", 0).empty());
    CHECK(stage.list("d", "").empty());
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("of many keys no call gives more than 1,000, whatever it has room for", "[host][store]")
{
    StoreStage stage;
    for (int i = 0; i < 1'001; ++i) stage.kept.values[{"org.example.probe", std::to_string(i)}] = {};
    const auto all = stage.list("", "", 5'000);
    CHECK(std::ranges::count(all, ' ') == 999);
}

TEST_CASE("keys cannot be listed by what is none, or into no place", "[host][store]")
{
    StoreStage stage;
    CHECK(stage.list("\xff", "") == status(SHOAL_E_ARGUMENT));
    CHECK(stage.list("", std::string(129, 'k')) == status(SHOAL_E_ARGUMENT));
    stage.as_plugin([&] {
        const auto& probe = stage.probe;
        std::uint32_t count = 0;
        shoal_text key{};
        CHECK(probe.store->list(probe.host, text(""), text(""), nullptr, 1, &count) == SHOAL_E_ARGUMENT);
        CHECK(probe.store->list(probe.host, text(""), text(""), &key, 1, nullptr) == SHOAL_E_ARGUMENT);
    });
    CHECK(stage.instance->strikes() == 4);
}

TEST_CASE("what was written goes to the disk when the plug-in says so", "[host][store]")
{
    StoreStage stage;
    stage.write("table", as_bytes("nodes"));
    CHECK(stage.kept.on_disk.empty());
    CHECK(stage.as_plugin([&] { return stage.probe.store->commit(stage.probe.host); }) == SHOAL_OK);
    CHECK(stage.kept.on_disk.size() == 1);
}

TEST_CASE("a key has 1 to 128 octets of UTF-8", "[host][store]")
{
    StoreStage stage;
    CHECK(stage.write(std::string(128, 'k'), as_bytes("v")) == SHOAL_OK);
    for (const auto& key : {std::string(), std::string(129, 'k'), std::string("\xff")}) {
        CHECK(stage.write(key, as_bytes("v")) == SHOAL_E_ARGUMENT);
        CHECK(stage.read(key) == status(SHOAL_E_ARGUMENT));
        CHECK(stage.erase(key) == SHOAL_E_ARGUMENT);
    }
    CHECK(stage.kept.values.size() == 1);
    CHECK(stage.instance->strikes() == 9);
}

TEST_CASE("a value longer than 1 MiB is one too many, not a fault", "[host][store]")
{
    StoreStage stage;
    CHECK(stage.write("large", Bytes(1u << 20)) == SHOAL_OK);
    CHECK(stage.write("larger", Bytes((1u << 20) + 1)) == SHOAL_E_LIMIT);
    CHECK(stage.kept.values.size() == 1);
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("what does not fit is refused with the reason", "[host][store]")
{
    StoreStage stage;
    stage.kept.is_full = true;
    CHECK(stage.write("table", as_bytes("v")) == SHOAL_E_LIMIT);
    CHECK(stage.instance->last_error() == "org.example.probe keeps too much");
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("a value or a place without a pointer is a strike", "[host][store]")
{
    StoreStage stage;
    stage.as_plugin([&] {
        const auto& probe = stage.probe;
        CHECK(probe.store->write(probe.host, text("k"), {nullptr, 3}) == SHOAL_E_ARGUMENT);
        CHECK(probe.store->read(probe.host, text("k"), nullptr) == SHOAL_E_ARGUMENT);
    });
    CHECK(stage.kept.values.empty());
    CHECK(stage.instance->strikes() == 2);
}

TEST_CASE("what a plug-in writes down at its stop is kept, and in `destroy` it is too late", "[host][store]")
{
    const bool is_stopped_first = GENERATE(true, false);
    StoreStage stage;
    const auto write = [&](std::string_view key) {
        return stage.probe.store->write(stage.probe.host, text(key), to_abi(as_bytes("nodes")));
    };
    stage.probe.on_stop = [&] { CHECK(write("table") == SHOAL_OK); };
    stage.probe.on_destroy = [&] { CHECK(write("late") == SHOAL_E_STATE); };
    if (is_stopped_first) stage.instance->stop();
    stage.instance.reset();
    REQUIRE(stage.kept.values.size() == 1);
    CHECK(as_text(stage.kept.values.begin()->second) == "nodes");
    CHECK(stage.probe.events_seen.size() == 3);
}

TEST_CASE("where nothing is kept the store is not offered", "[host][store]")
{
    Stage stage;
    stage.start();
    CHECK(stage.probe.store == nullptr);

    Stage in_need({.required = R"(["shoal.host.store/1"])"});
    const auto made = Instance::create(in_need.probe.factory(), in_need.context());
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::unsupported);
    CHECK_THAT(made.error().text, Catch::Contains("shoal.host.store/1"));
}

}  // namespace shoal::host::test
