#include "lua_picker.hpp"

#include <shoal/picker.hpp>

#include <stdexcept>
#include <string>

namespace shoal::picker_lua {
namespace {

class LuaPickerPlugin : public Picker {
public:
    // All that a script may turn out to be; describe() says what this one is.
    static constexpr std::uint32_t flags = SHOAL_PICKER_DUPLICATES;
    static constexpr std::uint32_t events = SHOAL_EVENT_AVAILABILITY | SHOAL_EVENT_STATE | SHOAL_EVENT_PRIORITY;

    explicit LuaPickerPlugin(Host& host)
        : policy_(source_from(host.settings()), [host] { return host.now(); }, host.random().next(),
                  [host](std::string_view line) { host.log(LogLevel::debug, line); })
    {
    }

    void describe(shoal_picker_traits& traits) override { policy_.describe(traits); }
    void rank(const SwarmView& swarm, const Ranks& ranks) override { policy_.rank(swarm, ranks); }
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        policy_.pick(swarm, request, list);
    }

private:
    static LuaPicker::Source source_from(const Settings& settings)
    {
        const auto text = settings.text("script");
        if (text.empty()) throw std::runtime_error("there is no script: name a file that ends in .lua in place of this picker");
        return {std::string(settings.text("file")), std::string(text)};
    }

    LuaPicker policy_;
};

} // namespace
} // namespace shoal::picker_lua

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.picker.lua", "version": "1.0.0", "license": "MIT",
  "summary": "Asks a script in Lua: its function rank, or pick. Named by the script's file in place of a picker.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.picker/1", "name": "lua", "scope": "torrent" } ],
  "requires": [ "shoal.host.random/1", "shoal.host.settings/1" ],
  "settings": {
    "file": { "type": "text", "default": "script", "scope": "torrent", "live": false,
              "help": "what the script is called in errors; the name of the file, when one is named" },
    "script": { "type": "text", "default": "", "scope": "torrent", "live": false,
                "help": "the text of the script; read from the file, when one is named" } },
  "sim_safe": true })json",
             shoal::picker<shoal::picker_lua::LuaPickerPlugin>("lua"))
