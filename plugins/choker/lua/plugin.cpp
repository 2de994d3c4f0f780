#include "lua_choker.hpp"

#include <stdexcept>
#include <string>

namespace shoal::choker_lua {
namespace {

class LuaChokerPlugin : public Choker {
public:
    explicit LuaChokerPlugin(Host& host)
        : policy_(source_from(host.settings()), [host] { return host.now(); }, host.random().next(),
                  [host](std::string_view line) { host.log(LogLevel::debug, line); })
    {
    }

    void decide(const ChokerView& view, UnchokeList& list) override { policy_.decide(view, list); }

private:
    static LuaChoker::Source source_from(const Settings& settings)
    {
        const auto text = settings.text("script");
        if (text.empty()) throw std::runtime_error("there is no script: name a file that ends in .lua in place of this choker");
        return {std::string(settings.text("file")), std::string(text)};
    }

    LuaChoker policy_;
};

} // namespace
} // namespace shoal::choker_lua

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.choker.lua", "version": "1.0.0", "license": "MIT",
  "summary": "Asks a script in Lua: its function decide. Named by the script's file in place of a choker.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.choker/1", "name": "lua", "scope": "torrent" } ],
  "requires": [ "shoal.host.random/1", "shoal.host.settings/1" ],
  "settings": {
    "file": { "type": "text", "default": "script", "scope": "torrent", "live": false,
              "help": "what the script is called in errors; the name of the file, when one is named" },
    "script": { "type": "text", "default": "", "scope": "torrent", "live": false,
                "help": "the text of the script; read from the file, when one is named" } },
  "sim_safe": true })json",
             shoal::choker<shoal::choker_lua::LuaChokerPlugin>("lua"))
