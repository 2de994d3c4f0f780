// Every picker of ours, as the library that ships, through its C table.
#include "testing/picker_suite.hpp"

#include <catch2/catch.hpp>

#include <dlfcn.h>

#include <fstream>
#include <iterator>
#include <string>

using namespace shoal::testing;

namespace {

// Never closed, as in the host. `library`: as in the folder of plug-ins, "picker/endgame".
const shoal_factory* load_picker(const std::string& library, std::string_view name)
{
    const auto path = std::string(SHOAL_TEST_PLUGINS) + "/" + library + ".so";
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    INFO(path << ": " << (handle == nullptr ? ::dlerror() : ""));
    REQUIRE(handle != nullptr);
    const auto entry = reinterpret_cast<shoal_plugin_entry_function>(::dlsym(handle, SHOAL_PLUGIN_ENTRY_NAME));
    REQUIRE(entry != nullptr);
    const auto* plugin = entry();
    const std::span factories(plugin->factories, plugin->factory_count);
    const auto found = std::ranges::find_if(factories, [&](const shoal_factory* factory) {
        return shoal::from_abi(factory->kind) == SHOAL_KIND_PICKER && shoal::from_abi(factory->name) == name;
    });
    REQUIRE(found != factories.end());
    return *found;
}

void picker_conforms(const PickerSubject& subject)
{
    for (const auto& test : picker_cases()) {
        DYNAMIC_SECTION(test.sentence) { CHECK(run(test, subject) == std::vector<std::string>()); }
    }
}

PickerSubject scripted(const std::string& name)
{
    std::ifstream file(SHOAL_SOURCE_DIR "/scripts/pickers/" + name);
    REQUIRE(file);
    return {.factory = load_picker("picker/lua", "lua"),
            .texts = {{"file", name}, {"script", {std::istreambuf_iterator<char>(file), {}}}}};
}

} // namespace

TEST_CASE("the sequential picker conforms", "[conformance][picker]")
{
    picker_conforms({.factory = load_picker("picker/sequential", "sequential")});
}

TEST_CASE("the rarest-first picker conforms", "[conformance][picker]")
{
    picker_conforms({.factory = load_picker("picker/rarest-first", "rarest-first"), .settings = {{"random_first", 4}}});
}

TEST_CASE("the streaming picker conforms", "[conformance][picker]")
{
    const SettingNumbers settings{{"head_bytes", 100'000}, {"tail_bytes", 50'000}, {"rate", 200'000}, {"window", 10}, {"step_bytes", 300'000}};
    picker_conforms({.factory = load_picker("picker/streaming", "streaming"), .settings = settings});
}

TEST_CASE("the endgame picker conforms before another one", "[conformance][picker]")
{
    picker_conforms({.factory = load_picker("picker/endgame", "endgame"), .leaves_blocks = true});
}

TEST_CASE("the picker for kin conforms before another one", "[conformance][picker]")
{
    picker_conforms({.factory = load_picker("extension/kin", "kin"), .leaves_blocks = true});
}

TEST_CASE("scripts that rank and scripts that pick conform", "[conformance][picker][lua]")
{
    for (const auto* name : {"rarest_first.lua", "beginning_and_end.lua", "random.lua"}) {
        DYNAMIC_SECTION(name) { picker_conforms(scripted(name)); }
    }
}
