#include "script.hpp"

namespace shoal::script_lua {

// `shoal` as scripts see it, over the functions of script_api.cpp. It runs in the script's own sandbox, before the script.
const char* const prelude = R"lua(
local host = ...
local shoal = { name = host.name, null = host.null, call = host.call, list = host.list }

-- log ---------------------------------------------------------------------------------------------------------------

local function words(...)
    local said = table.pack(...)
    for i = 1, said.n do
        local word = said[i]
        local meta = type(word) == "table" and getmetatable(word)
        local is_plain = type(word) == "table" and not (meta and meta.__tostring)
        said[i] = is_plain and (host.encode(word) or "(a table)") or tostring(word)
    end
    return table.concat(said, " ", 1, said.n)
end

shoal.log = {}
for _, level in ipairs { "debug", "info", "warning", "error" } do
    shoal.log[level] = function(...) host.log(level, words(...)) end
end
print = shoal.log.info

-- json, time, kv ----------------------------------------------------------------------------------------------------

shoal.json = { encode = host.encode, decode = host.decode, null = host.null, list = host.list }

shoal.time = {
    now = host.now,
    sleep = host.sleep,
    after = function(name, seconds, fn) return host.timer(name, seconds, false, fn) end,
    every = function(name, seconds, fn) return host.timer(name, seconds, true, fn) end,
    cancel = host.cancel,
}

shoal.kv = {}

-- nil when there is nothing, nil and an error when it could not be read
function shoal.kv.get(key)
    local text, err = host.read(key)
    if text == true then return nil end
    if text == nil then return nil, err end
    return host.decode(text)
end

function shoal.kv.set(key, value)
    local text, err = host.encode(value)
    if not text then return nil, err end
    return host.write(key, text)
end

shoal.kv.delete = host.erase

-- torrents ----------------------------------------------------------------------------------------------------------

-- A handle: methods, and the fields of torrents.show, which are asked for when the first is read and kept until refresh().
local methods = {}
local handle = {}

local function new_handle(hash, seen)
    return setmetatable({ hash = hash, generation = host.generation(hash), seen = seen }, handle)
end

local function ask(self, method, arguments)
    if host.generation(self.hash) ~= self.generation then return nil, host.gone("the torrent is gone") end
    arguments.torrent = self.hash
    return host.call(method, arguments)
end

function methods:refresh()
    local seen, err = ask(self, "torrents.show", {})
    rawset(self, "seen", seen)
    if not seen then return nil, err end
    return self
end

for name, method in pairs {
    start = "torrents.start", stop = "torrents.stop", recheck = "torrents.recheck", reannounce = "torrents.reannounce",
    files = "torrents.files", trackers = "torrents.trackers", connections = "torrents.peers",
} do
    methods[name] = function(self) return ask(self, method, {}) end
end

function methods:remove(options) return ask(self, "torrents.remove", { data = options and options.data or false }) end
function methods:move(folder) return ask(self, "torrents.move", { folder = folder }) end
function methods:rename(path, new_path) return ask(self, "torrents.rename", { path = path, new_path = new_path }) end
function methods:connect(peers) return ask(self, "torrents.connect", { peers = host.list(peers) }) end
function methods:set(changes) return ask(self, "torrents.set", { changes = changes }) end

function handle:__index(key)
    local method = methods[key]
    if method then return method end
    if not rawget(self, "seen") then methods.refresh(self) end
    local seen = rawget(self, "seen")
    return seen and seen[key]
end

function handle:__newindex(key) error("fields of a torrent are changed with torrent:set { " .. tostring(key) .. " = … }", 2) end
function handle:__tostring() return "torrent " .. self.hash end
handle.__name = "torrent"

shoal.torrents = {}

function shoal.torrents.get(name)
    local seen, err = host.call("torrents.show", { torrent = name })
    if not seen then return nil, err end
    return new_handle(seen.torrent, seen)
end

function shoal.torrents.list(filter)
    local all, err = host.call("torrents.list", { filter = filter })
    if not all then return nil, err end
    local handles = {}
    for i, seen in ipairs(all) do handles[i] = new_handle(seen.torrent, seen) end
    return handles
end

function shoal.torrents.add(options)
    if type(options) == "string" then options = { source = options } end
    local hash, err = host.call("torrents.add", options)
    if not hash then return nil, err end
    return new_handle(hash)
end

-- events ------------------------------------------------------------------------------------------------------------

function shoal.on(event, name, fn)
    if type(fn) ~= "function" then error("shoal.on(event, name, function) wants a function", 2) end
    host.on(event, name, function(told)
        if type(told.torrent) == "string" then told.torrent = new_handle(told.torrent) end
        return fn(told)
    end)
end

-- Asked before it happens: returns false and why not, a table of what is to be different, or nothing.
function shoal.before(hook, name, fn, priority)
    if type(fn) ~= "function" then error("shoal.before(hook, name, function) wants a function", 2) end
    host.on("before." .. tostring(hook), name, function(asked)
        if hook ~= "add" and type(asked.torrent) == "string" then asked.torrent = new_handle(asked.torrent, asked) end
        return fn(asked)
    end, priority or 50)
end

shoal.off = host.off

-- rules, rss --------------------------------------------------------------------------------------------------------

shoal.rules = {
    why = function(title) return host.call("rules.why", type(title) == "table" and title or { title = title }) end,
    list = function() return host.call("rules.list") end,
}

-- A rule is data for the plug-in that has the rules; `where` stays here.
function shoal.rules.rule(options)
    if type(options) ~= "table" then error("shoal.rules.rule { name = …, … } wants a table", 2) end
    local data = {}
    for key, value in pairs(options) do
        if key ~= "where" then data[key] = value end
    end
    host.rule(data, options.where)
end

shoal.rss = {
    feed = host.feed,
    items = function(feed) return host.call("feeds.items", { feed = feed }) end,
    refresh = function(feed) return host.call("feeds.refresh", { feed = feed }) end,
    list = function() return host.call("feeds.list") end,
}

-- session -----------------------------------------------------------------------------------------------------------

shoal.session = {
    stats = function() return host.call("session.stats") end,
    setting = function(name)
        local setting, err = host.call("settings.get", { name = name })
        if not setting then return nil, err end
        return setting.value
    end,
    set = function(name, value) return host.call("settings.set", { name = name, value = value }) end,
}

return shoal
)lua";

} // namespace shoal::script_lua
