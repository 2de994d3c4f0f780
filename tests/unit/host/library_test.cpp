#include "host/library.hpp"

#include "host/manifest_reader.hpp"
#include "made_plugins.hpp"

#include <shoal/abi/choker.h>
#include <shoal/abi/picker.h>

#include <catch2/catch.hpp>

#include <array>
#include <cstddef>
#include <filesystem>

#include <dlfcn.h>

namespace shoal::host {

namespace {

Result<std::unique_ptr<Library>> open(const std::string& file, Manifest& manifest)
{
    auto text = read_manifest(plugins / file);
    REQUIRE(text);
    auto parsed = parse_manifest(*text);
    REQUIRE(parsed);
    manifest = std::move(*parsed);
    return Library::open(plugins / file, manifest);
}

shoal_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

shoal_status create(const shoal_host*, void**)
{
    return SHOAL_OK;
}

void destroy(void*) {}

shoal_status rank(void*, const shoal_swarm_view*, std::int64_t*, std::uint64_t*)
{
    return SHOAL_OK;
}

// A picker whose every number a test may spoil.
struct Offered {
    Offered()
    {
        auto parsed = parse_manifest(
            R"({ "id": "org.example.picker.p", "version": "1", "license": "MIT", "summary": "p",
            "abi": { "major": 1, "minor": 0 },
            "provides": [ { "kind": "shoal.picker/1", "name": "p", "scope": "torrent" } ] })");
        REQUIRE(parsed);
        manifest = std::move(*parsed);
        plugin.manifest = text(manifest.text);
    }

    Result<std::unique_ptr<Library>> adopt() const { return Library::adopt(&plugin, manifest, "p.so"); }

    std::string refusal() const
    {
        const auto library = adopt();
        REQUIRE_FALSE(library);
        return library.error().text;
    }

    Manifest manifest;
    shoal_picker_v1 table{sizeof(shoal_picker_v1), 0, 0, 0, nullptr, rank, nullptr, nullptr};
    shoal_factory factory{
        sizeof(shoal_factory), 0, text("shoal.picker/1"), text("p"), &table, create, nullptr, destroy};
    std::array<const shoal_factory*, 2> factories{&factory, &factory};
    shoal_plugin plugin{sizeof(shoal_plugin), 0, {}, factories.data(), 1, 0};
};

}  // namespace

TEST_CASE("a library written in C is loaded and its table can be called", "[host][library]")
{
    Manifest manifest;
    const auto library = open("good_picker.so", manifest);
    REQUIRE(library);
    REQUIRE((*library)->factories().size() == 1);
    const auto& factory = *(*library)->factories().front();
    CHECK(factory.kind() == SHOAL_KIND_PICKER);
    CHECK(factory.name() == "good");
    CHECK(factory.table<shoal_picker_v1>().rank != nullptr);
    CHECK(factory.table<shoal_picker_v1>().pick == nullptr);
}

TEST_CASE("a library stays loaded when nobody holds it any more", "[host][library]")
{
    const auto path = (plugins / "nonsense.so").string();
    {
        Manifest manifest;
        REQUIRE(open("nonsense.so", manifest));
    }
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
    REQUIRE(handle != nullptr);
    ::dlclose(handle);
    ::dlclose(handle);  // even one time too many
    handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
    CHECK(handle != nullptr);
}

TEST_CASE("a library without the entry function is for another ABI", "[host][library]")
{
    Manifest manifest;
    const auto library = open("no_entry.so", manifest);
    REQUIRE_FALSE(library);
    CHECK(library.error().code == Errc::unsupported);
    CHECK(library.error().text
          == "it exports no shoal_plugin_entry_1: it is made for another major ABI than 1");
}

TEST_CASE("a library with an unresolved symbol fails when it is loaded, not later", "[host][library]")
{
    Manifest manifest;
    const auto library = open("undefined.so", manifest);
    REQUIRE_FALSE(library);
    CHECK(library.error().text.find("shoal_test_nobody_has_this") != std::string::npos);
}

TEST_CASE("a library whose descriptor contradicts its section is refused", "[host][library]")
{
    Manifest manifest;
    const auto library = open("liar.so", manifest);
    REQUIRE_FALSE(library);
    CHECK(library.error().text.find("different manifests") != std::string::npos);
}

TEST_CASE("a shorter table of an older library is filled up with nulls", "[host][library]")
{
    Offered offered;
    offered.table.struct_size = offsetof(shoal_picker_v1, pick);
    // Beyond what it says it has, there may be anything.
    offered.table.pick = reinterpret_cast<decltype(offered.table.pick)>(std::uintptr_t{0xdead});
    const auto library = offered.adopt();
    REQUIRE(library);
    const auto& table = (*library)->factories().front()->table<shoal_picker_v1>();
    CHECK(table.rank == offered.table.rank);
    CHECK(table.pick == nullptr);
}

TEST_CASE("a longer table of a newer library is cut to what is known", "[host][library]")
{
    struct Newer {
        shoal_picker_v1 known;
        std::uint64_t unheard_of;
    };
    Offered offered;
    Newer newer{offered.table, 77};
    newer.known.struct_size = sizeof newer;
    offered.factory.table = &newer;
    CHECK(offered.adopt());
}

TEST_CASE("a descriptor that breaks a rule is refused with the rule", "[host][library]")
{
    Offered offered;
    SECTION("no factories")
    {
        offered.plugin.factory_count = 0;
        CHECK(offered.refusal() == "it has 0 factories");
    }
    SECTION("too many factories")
    {
        offered.plugin.factory_count = 1'000'000;
        CHECK(offered.refusal() == "it has 1000000 factories");
    }
    SECTION("the same factory twice")
    {
        offered.plugin.factory_count = 2;
        CHECK(offered.refusal() == "it has the same factory twice");
    }
    SECTION("a missing factory")
    {
        offered.factories[0] = nullptr;
        CHECK(offered.refusal() == "its factory is missing");
    }
    SECTION("a factory that the manifest does not name")
    {
        offered.factory.name = text("q");
        CHECK(offered.refusal() == "it has a factory that its manifest does not name");
    }
    SECTION("a provision without a factory")
    {
        offered.manifest.provides.push_back({"shoal.picker/1", "other", Scope::torrent});
        CHECK(offered.refusal() == "it lacks a factory that its manifest names");
    }
    SECTION("a reserved field in use")
    {
        offered.plugin.reserved = 1;
        CHECK(offered.refusal() == "its descriptor uses a reserved field");
    }
    SECTION("a descriptor too short")
    {
        offered.plugin.struct_size = 8;
        CHECK(offered.refusal() == "its descriptor is too short");
    }
    SECTION("no descriptor at all")
    {
        CHECK_FALSE(Library::adopt(nullptr, offered.manifest, "p.so"));
    }
    SECTION("a newer minor")
    {
        offered.plugin.abi_minor = 1;
        CHECK(offered.adopt().error().code == Errc::unsupported);
    }
}

TEST_CASE("a factory or table that breaks a rule is refused with the rule", "[host][library]")
{
    Offered offered;
    SECTION("unknown flags of the factory")
    {
        offered.factory.flags = 2;
        CHECK(offered.refusal() == "picker 'p': its factory has unknown flags");
    }
    SECTION("no destroy")
    {
        offered.factory.destroy = nullptr;
        CHECK(offered.refusal() == "picker 'p': it has no create or no destroy");
    }
    SECTION("no table")
    {
        offered.factory.table = nullptr;
        CHECK(offered.refusal() == "picker 'p': it has no table");
    }
    SECTION("unknown flags of the table")
    {
        offered.table.flags = 0x81;
        CHECK(offered.refusal() == "picker 'p': its table has unknown flags (0x81)");
    }
    SECTION("unknown events")
    {
        offered.table.event_mask = 8;
        CHECK(offered.refusal() == "picker 'p': it asks for unknown events");
    }
    SECTION("a reserved field of the table in use")
    {
        offered.table.reserved = 1;
        CHECK(offered.refusal() == "picker 'p': its table uses a reserved field");
    }
    SECTION("nothing that could be called")
    {
        offered.table.rank = nullptr;
        CHECK(offered.refusal() == "picker 'p': its table lacks the function rank or pick");
    }
    SECTION("half a function pointer")
    {
        offered.table.struct_size = 36;
        CHECK(offered.refusal() == "picker 'p': its table says it is 36 octets long");
    }
    SECTION("a size of nothing")
    {
        offered.table.struct_size = 0;
        CHECK(offered.refusal() == "picker 'p': its table says it is 0 octets long");
    }
    SECTION("another scope than the kind has")
    {
        offered.manifest.provides.front().scope = Scope::session;
        CHECK(offered.refusal() == "picker 'p': its scope must be torrent");
    }
}

}  // namespace shoal::host
