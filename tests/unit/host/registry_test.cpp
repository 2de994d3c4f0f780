#include "host/registry.hpp"

#include "made_plugins.hpp"
#include "probe.hpp"

#include <shoal/abi/choker.h>
#include <shoal/abi/picker.h>
#include <shoal/abi/tracker.h>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include <dlfcn.h>
#include <unistd.h>

namespace shoal::host {

namespace {

namespace fs = std::filesystem;
struct Folder {
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
    fs::path path = fs::temp_directory_path() / ("shoal-registry-" + std::to_string(::getpid()));
};

const Plugin& plugin_of(const Registry& registry, const std::string& file)
{
    for (const auto& plugin : registry.list()) {
        if (plugin->path.filename() == file) return *plugin;
    }
    FAIL("no " << file);
    return *registry.list().front();
}

}  // namespace

TEST_CASE("scanning reads manifests and loads nothing", "[host][registry]")
{
    Folder folder;
    fs::copy(plugins / "twice.so", folder.path / "never-loaded.so");
    Registry registry;
    registry.scan(folder.path);
    REQUIRE(registry.list().size() == 1);
    CHECK(registry.list().front()->state == PluginState::available);
    CHECK(registry.list().front()->manifest->id == "org.example.tracker.twice");
    CHECK(::dlopen((folder.path / "never-loaded.so").c_str(), RTLD_NOW | RTLD_NOLOAD) == nullptr);
}

TEST_CASE("a script stands for the plug-in that runs it, and both must be there", "[host][registry]")
{
    Folder folder;
    const auto script = (folder.path / "mine.lua").string();
    Registry registry;
    registry.scan(plugins);
    const auto missing = registry.find(SHOAL_KIND_PICKER, script);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::not_found);
    CHECK(missing.error().text.starts_with("there is no script " + script));
    std::ofstream(script) << "function rank() end";
    const auto unserved = registry.find(SHOAL_KIND_PICKER, script);
    REQUIRE_FALSE(unserved);
    CHECK(unserved.error().text.starts_with(script + " needs the picker plug-in that runs scripts: no picker named 'lua'"));
}

TEST_CASE("a plug-in is found by name, by id and by path, and loaded then", "[host][registry]")
{
    Registry registry;
    registry.scan(plugins);
    const auto by_name = registry.find(SHOAL_KIND_PICKER, "good");
    const auto by_noun = registry.find("picker", "good");
    const auto by_id = registry.find(SHOAL_KIND_PICKER, "org.example.picker.good");
    const auto by_path = registry.find(SHOAL_KIND_PICKER, (plugins / "good_picker.so").string());
    REQUIRE(by_name);
    CHECK((*by_name)->name() == "good");
    CHECK(*by_noun == *by_name);
    CHECK(*by_id == *by_name);
    CHECK(*by_path == *by_name);
    CHECK(plugin_of(registry, "good_picker.so").state == PluginState::loaded);
    CHECK(plugin_of(registry, "throws.so").state == PluginState::available);
}

TEST_CASE("a plug-in is found by a path that was never scanned", "[host][registry]")
{
    Registry registry;
    const auto found = registry.find("picker", (plugins / "good_picker.so").string());
    REQUIRE(found);
    CHECK((*found)->manifest().id == "org.example.picker.good");
}

TEST_CASE("an unknown name is answered with those there are", "[host][registry]")
{
    Registry registry;
    registry.scan(plugins);
    const auto found = registry.find(SHOAL_KIND_CHOKER, "x\x1b");
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Errc::not_found);
    CHECK(found.error().text == "no choker named 'x\\x1b'; there are: throws, undefined, with-sdk");
}

TEST_CASE("an empty plug-in folder gives a clear error", "[host][registry]")
{
    Folder folder;
    Registry registry;
    registry.scan(folder.path);
    CHECK(registry.list().empty());
    const auto found = registry.find(SHOAL_KIND_PICKER, "rarest-first");
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Errc::not_found);
    CHECK(found.error().text == "no plug-in of kind picker in " + folder.path.string());
    CHECK(registry.of_scheme(SHOAL_KIND_TRACKER, "http") == nullptr);
}

TEST_CASE("a plug-in folder that is not there is an empty one", "[host][registry]")
{
    Registry registry;
    CHECK(registry.find("picker", "good").error().text
          == "no plug-in of kind picker: no plug-in folder was given");
    registry.scan("/nowhere/at/all");
    CHECK(registry.find("picker", "good").error().text == "no plug-in of kind picker in /nowhere/at/all");
}

TEST_CASE("every file that cannot be used says why", "[host][registry]")
{
    test::LogLines lines;
    Registry registry{Log(lines)};
    registry.scan(plugins);
    CHECK(plugin_of(registry, "other_major.so").state == PluginState::incompatible);
    CHECK(plugin_of(registry, "other_major.so").reason == "it needs plug-in ABI 2.0, this is 1.0");
    CHECK(plugin_of(registry, "bad_manifest.so").state == PluginState::failed);
    CHECK(plugin_of(registry, "bad_manifest.so").reason.starts_with("manifest: not JSON"));
    CHECK(lines.contains("bad_manifest.so is failed"));

    // Found out only when it is asked for, and remembered.
    CHECK(plugin_of(registry, "liar.so").state == PluginState::available);
    const auto first = registry.find("picker", "liar");
    REQUIRE_FALSE(first);
    CHECK(first.error().code == Errc::plugin_broken);
    CHECK(plugin_of(registry, "liar.so").state == PluginState::failed);
    const auto second = registry.find("picker", "liar");
    REQUIRE_FALSE(second);
    CHECK(second.error() == first.error());
}

TEST_CASE("a path to a plug-in of another kind says so", "[host][registry]")
{
    Registry registry;
    const auto file = (plugins / "throws.so").string();
    CHECK(registry.find("picker", file).error().text == "the plug-in " + file + " offers no picker");
    CHECK(registry.find("picker", "./absent.so").error().text == "there is no plug-in file ./absent.so");
}

TEST_CASE("a tracker plug-in is found by the scheme it serves", "[host][registry]")
{
    Registry registry;
    registry.scan(plugins);
    const auto* factory = registry.of_scheme(SHOAL_KIND_TRACKER, "twice");
    REQUIRE(factory != nullptr);
    CHECK(factory->name() == "twice");
    CHECK(registry.of_scheme(SHOAL_KIND_TRACKER, "http") == nullptr);
}

TEST_CASE("of two files with one id the first answers, and the other to its path alone", "[host][registry]")
{
    Folder folder;
    fs::copy(plugins / "good_picker.so", folder.path / "a.so");
    fs::copy(plugins / "good_picker.so", folder.path / "b.so");
    Registry registry;
    registry.scan(folder.path);
    const auto by_name = registry.find("picker", "good");
    REQUIRE(by_name);
    CHECK((*by_name)->path().filename() == "a.so");
    CHECK(plugin_of(registry, "b.so").hidden_by.filename() == "a.so");
    const auto by_path = registry.find("picker", (folder.path / "b.so").string());
    REQUIRE(by_path);
    CHECK((*by_path)->path().filename() == "b.so");
    CHECK(registry.names("picker") == std::vector<std::string>{"good"});
}

TEST_CASE("scanning a folder twice takes each file in once", "[host][registry]")
{
    Registry registry;
    registry.scan(plugins);
    const auto count = registry.list().size();
    registry.scan(plugins);
    CHECK(registry.list().size() == count);
}

TEST_CASE("folders are searched to their depths, links to folders are not followed", "[host][registry]")
{
    Folder folder;
    fs::create_directories(folder.path / "picker" / "deep");
    fs::copy(plugins / "good_picker.so", folder.path / "picker" / "deep" / "good.so");
    fs::create_directory_symlink(folder.path, folder.path / "picker" / "loop");
    Registry registry;
    registry.scan(folder.path);
    CHECK(registry.list().size() == 1);
    CHECK(registry.find("picker", "good"));
}

}  // namespace shoal::host
