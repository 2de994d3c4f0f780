#include "script_service.hpp"

SHOAL_PLUGIN(R"json({
  "id": "org.shoal.script.lua", "version": "1.0.0", "license": "MIT",
  "summary": "Runs the Lua scripts of a folder: what happens reaches their handlers, and they may ask for what people may ask for.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.service/1", "name": "lua", "scope": "session" } ],
  "requires": [ "shoal.host.control/1", "shoal.host.workers/1", "shoal.host.timer/1", "shoal.host.random/1",
                "shoal.host.settings/1", "shoal.host.events/1", "shoal.host.methods/1" ],
  "optional": [ "shoal.host.store/1", "shoal.host.calendar/1", "shoal.host.http/1" ],
  "permissions": [ "control", "net.http" ],
  "settings": {
    "folder": { "type": "text", "default": "", "scope": "session", "live": false,
        "help": "where the scripts are; empty: the setting folders.scripts" },
    "notify_urls": { "type": "text", "default": "", "scope": "session", "live": false,
        "help": "where shoal.notify sends its messages, as JSON; http or https, with blanks in between" },
    "notify_command": { "type": "text", "default": "", "scope": "session", "live": false,
        "help": "the full path of a program that shoal.notify runs with title and text, such as /usr/bin/notify-send" } },
  "sim_safe": false })json",
             shoal::service<shoal::script_lua::ScriptService>("lua"))
