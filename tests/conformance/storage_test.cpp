// Every storage of ours, as the library that ships, through its C table.
#include "support/temporary_folder.hpp"
#include "testing/storage_suite.hpp"

#include <catch2/catch.hpp>

#include <dlfcn.h>

#include <string>

using namespace shoal::testing;

namespace {

// Never closed, as in the host.
const shoal_factory* load_storage(const std::string& name)
{
    const auto path = std::string(SHOAL_TEST_PLUGINS) + "/storage/" + name + ".so";
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    INFO(path << ": " << (library == nullptr ? ::dlerror() : ""));
    REQUIRE(library != nullptr);
    const auto entry =
        reinterpret_cast<shoal_plugin_entry_function>(::dlsym(library, SHOAL_PLUGIN_ENTRY_NAME));
    REQUIRE(entry != nullptr);
    const auto* plugin = entry();
    REQUIRE(plugin->factory_count == 1);
    const auto* factory = plugin->factories[0];
    CHECK(shoal::from_abi(factory->kind) == SHOAL_KIND_STORAGE);
    CHECK(shoal::from_abi(factory->name) == name);
    return factory;
}

void conforms(const StorageSubject& subject)
{
    for (const auto& test : storage_cases()) {
        DYNAMIC_SECTION(test.sentence)
        {
            const shoal::test::TemporaryFolder folder;
            const auto findings = run(test, subject, folder.path().native());
            CHECK(findings == std::vector<std::string>());
        }
    }
}

} // namespace

TEST_CASE("the file storage conforms", "[conformance][storage]")
{
    conforms({.factory = load_storage("file"), .settings = {{"descriptors", 128}}, .keeps = true});
}

TEST_CASE("the file storage conforms with two descriptors", "[conformance][storage]")
{
    conforms({.factory = load_storage("file"), .settings = {{"descriptors", 2}}, .keeps = true});
}

// Everything that is no failure: a storage that may be as slow, as disorderly and as short of breath as disks are keeps its promises.
TEST_CASE("on a disk that is slow, out of order and does things in part, the file and the memory storage conform",
          "[conformance][storage]")
{
    StorageSubject strained{.factory = load_storage("strain"),
                            .settings = {{"seed", 7}, {"latency", 1}, {"jitter", 20}, {"rate", 0}, {"short", 500},
                                         {"fail_often", 0}, {"fail_from", 0}, {"fail_count", 1}},
                            .texts = {{"inner", "any"}, {"fail", ""}, {"error", "io"}}};
    SECTION("file")
    {
        strained.inner = {load_storage("file"), {{"descriptors", 128}}};
        conforms(strained);
    }
    SECTION("memory")
    {
        strained.inner = {load_storage("memory"), {{"max_bytes", 1 << 30}}};
        strained.keeps = false;
        strained.has_places = false;
        conforms(strained);
    }
}

TEST_CASE("the memory storage conforms", "[conformance][storage]")
{
    conforms({.factory = load_storage("memory"), .settings = {{"max_bytes", 1 << 30}}, .keeps = false});
}
