#include "probe.hpp"

#include <shoal/inner_storage.hpp>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <stdexcept>

// A storage that the host lends to another one: whose turn it is, whom an error is told, who is to blame, and when both end.
namespace shoal::host::test {

namespace {

// What the two do, and what they did.
struct TwoStorages {
    std::function<Result<std::uint64_t>()> on_read = [] { return Result<std::uint64_t>(std::uint64_t{7}); };
    std::vector<std::string> seen;
};
TwoStorages* two_storages = nullptr;  // of the test that runs

class Keeping : public Storage {
public:
    explicit Keeping(std::string name) : name_(std::move(name)) {}
    ~Keeping() override { two_storages->seen.push_back(name_ + " destroyed"); }

    Result<void> open(const StorageLayout&) override { return {}; }
    Result<std::uint64_t> size(std::uint32_t) override { return std::uint64_t{0}; }
    Result<std::uint64_t> read(std::uint32_t, std::uint64_t, MutableBytes) override { return two_storages->on_read(); }
    Result<void> write(std::uint32_t, std::uint64_t, const WriteParts&) override { return {}; }
    void on_stop() override { two_storages->seen.push_back(name_ + " stopped"); }

private:
    std::string name_;
};

class Lower : public Keeping {
public:
    explicit Lower(Host&) : Keeping("lower") {}
};

class Upper : public Keeping {
public:
    explicit Upper(Host& host) : Keeping("upper"), inner_(InnerStorage::make(host, "lower")) {}
    Result<void> open(const StorageLayout& layout) override
    {
        return inner_ ? inner_->open(layout) : Result<void>(inner_.error());
    }
    Result<std::uint64_t> read(std::uint32_t file, std::uint64_t offset, MutableBytes into) override
    {
        return inner_->read(file, offset, into);
    }
    Result<void> rename(std::uint32_t file, std::string_view path) override { return inner_->rename(file, path); }

private:
    Result<InnerStorage> inner_;
};

// A factory of a class of this file, as if loaded.
struct AdoptedStorage {
    AdoptedStorage(const std::string& name, const shoal_factory& factory)
    {
        auto parsed = parse_manifest(fmt::format(
            R"({{ "id": "org.example.{}", "version": "1", "license": "MIT", "summary": "s", "abi": {{ "major": 1, "minor": 0 }},
            "provides": [ {{ "kind": "shoal.storage/1", "name": "{}", "scope": "torrent" }} ] }})",
            name, name));
        REQUIRE(parsed);
        manifest = std::move(*parsed);
        const shoal_factory* const factories[] = {&factory};
        const shoal_plugin descriptor{sizeof descriptor, 0, text(manifest.text), factories, 1, 0};
        auto adopted = Library::adopt(&descriptor, manifest, name);
        REQUIRE(adopted);
        library = std::move(*adopted);
    }
    const Factory& factory() const { return *library->factories().front(); }

    Manifest manifest;
    std::unique_ptr<Library> library;
};

constexpr auto lower_factory = storage<Lower>("lower");
constexpr auto upper_factory = storage<Upper>("upper");

struct TwoStages {
    TwoStages() { two_storages = &two; }
    ~TwoStages()
    {
        instance.reset();
        two_storages = nullptr;
    }

    Result<std::unique_ptr<Instance>> make(const AdoptedStorage& which, MakeStorage make_storage = {})
    {
        return Instance::create(which.factory(), {.environment = environment.all,
                                                  .log = Log(lines),
                                                  .make_storage = std::move(make_storage),
                                                  .random = RandomStream(7, 7)});
    }
    void start()
    {
        auto made = make(upper, [this](std::string_view name) {
            asked_for = name;
            return make(lower);
        });
        REQUIRE(made);
        instance = std::move(*made);
    }
    WorkerAnswer read()
    {
        return instance->call_on_worker("read", [&] {
            return instance->table<shoal_storage_v1>().read(instance->self(), 0, 0, nullptr, 0, &got);
        });
    }

    LogLines lines;
    FakeEnvironment environment;
    TwoStorages two;
    AdoptedStorage lower{"lower", lower_factory};
    AdoptedStorage upper{"upper", upper_factory};
    std::unique_ptr<Instance> instance;
    std::string asked_for;
    std::uint64_t got = 0;
};

}  // namespace

TEST_CASE("a storage is lent another one by its name, and both end in order", "[host][storage]")
{
    TwoStages stages;
    stages.start();
    CHECK(stages.asked_for == "lower");
    CHECK(stages.read().status == SHOAL_OK);
    CHECK(stages.got == 7);
    stages.instance.reset();
    CHECK(stages.two.seen
          == std::vector<std::string>{"upper stopped", "lower stopped", "upper destroyed", "lower destroyed"});
}

TEST_CASE("what a storage below says of an error is said for the one above it", "[host][storage]")
{
    TwoStages stages;
    stages.start();
    stages.two.on_read = [] { return Result<std::uint64_t>(make_error(Errc::disk_full, "no room below")); };
    const auto answer = stages.read();
    CHECK(answer.status == SHOAL_E_NO_SPACE);
    CHECK(answer.text == "no room below");
    CHECK(stages.instance->strikes() == 0);
}

TEST_CASE("a storage below is blamed for what it does itself", "[host][storage]")
{
    TwoStages stages;
    stages.start();
    stages.two.on_read = []() -> Result<std::uint64_t> { throw std::runtime_error("head crash"); };
    CHECK(stages.read().status == SHOAL_E_PLUGIN);
    CHECK(stages.instance->strikes() == 0);
    CHECK(stages.lines.contains("plug-in org.example.lower: strike 1 in read"));
}

TEST_CASE("what a storage below lacks is unsupported", "[host][storage]")
{
    TwoStages stages;
    stages.start();
    const auto renamed = stages.instance->call_on_worker("rename", [&] {
        return stages.instance->table<shoal_storage_v1>().rename(stages.instance->self(), 0, text("a"));
    });
    CHECK(renamed.status == SHOAL_E_UNSUPPORTED);
}

TEST_CASE("who cannot have a storage below says why when it is opened", "[host][storage]")
{
    TwoStages stages;
    const auto open = [&] {
        shoal_storage_open layout{};
        layout.struct_size = sizeof layout;
        return stages.instance->call_on_worker("open", [&] {
            return stages.instance->table<shoal_storage_v1>().open(stages.instance->self(), &layout);
        });
    };
    SECTION("it is not offered")
    {
        auto made = stages.make(stages.upper);
        REQUIRE(made);
        stages.instance = std::move(*made);
        CHECK(open().status == SHOAL_E_UNSUPPORTED);
    }
    SECTION("there is none of that name")
    {
        auto made = stages.make(stages.upper, [](std::string_view) -> Result<std::unique_ptr<Instance>> {
            return make_error(Errc::not_found, "no such thing");
        });
        REQUIRE(made);
        stages.instance = std::move(*made);
        const auto answer = open();
        CHECK(answer.status == SHOAL_E_NOT_FOUND);
        CHECK_THAT(answer.text, Catch::Contains("'lower'"));
        CHECK(stages.lines.contains("no such thing"));
    }
}

}  // namespace shoal::host::test
