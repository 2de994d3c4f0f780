#include "script.hpp"

namespace shoal::script_lua {

// `shoal` as scripts see it, over the functions of script_api.cpp. It runs in the script's own sandbox, before the script.
const char* const prelude = R"lua(
local host = ...
local shoal = { name = host.name, script = host.script, api_version = host.api_version, null = host.null, call = host.call, list = host.list,
    state = {} }

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

-- what is wrong with what a script says is an error where it says it -------------------------------------------------

-- Options are a table of these names and no others: a typing error would do nothing, or something else.
local function check_options(what, options, names)
    if type(options) ~= "table" then error(("%s wants a table of %s"):format(what, table.concat(names, ", "))) end
    local is_known = {}
    for _, name in ipairs(names) do is_known[name] = true end
    for key in pairs(options) do
        if not is_known[key] then
            local name = tostring(key)
            error(("%s has no %s%s; there are: %s"):format(what, name, host.suggestion(name, names), table.concat(names, ", ")))
        end
    end
end

-- require -----------------------------------------------------------------------------------------------------------

local loaded, under_way = {}, {}

-- Once each. An error of a module is its own, with its file and line.
local function require_once(name)
    if loaded[name] ~= nil then return loaded[name] end
    for i, other in ipairs(under_way) do
        if other == name then
            error("modules require each other in a circle: " .. table.concat(under_way, ", ", i) .. ", " .. name)
        end
    end
    local run, why, is_its_own = host.module(name)
    if not run then error(why, is_its_own and 0 or 1) end
    under_way[#under_way + 1] = name
    local ok, value = pcall(run, name)
    under_way[#under_way] = nil
    if not ok then error(value, 0) end
    loaded[name] = value == nil or value
    return loaded[name]
end

-- json, time, kv ----------------------------------------------------------------------------------------------------

shoal.json = { encode = host.encode, decode = host.decode, null = host.null, list = host.list }

shoal.time = {
    now = host.now,
    sleep = host.sleep,
    after = function(name, seconds, fn) return host.timer(name, seconds, false, fn) end,
    every = function(name, seconds, fn) return host.timer(name, seconds, true, fn) end,
    cancel = host.cancel,
    unix = host.unix,
    date = host.date,
    iso = host.iso,
    parse = host.parse_time,
}

-- A line of cron, in local time. What is far away is looked at again every hour, for the calendar may be set meanwhile.
function shoal.time.cron(name, line, fn)
    if type(fn) ~= "function" then error("shoal.time.cron(name, line, function) wants a function") end
    local function plan()
        local wait, is_then = host.until_cron(line)
        return host.timer(name, wait, false, function()
            plan()
            if is_then then fn() end
        end)
    end
    return plan()
end

-- re ----------------------------------------------------------------------------------------------------------------

shoal.re = {}

local function groups(found) return table.unpack(found, 3, found.n + 2) end

local function whole_or_groups(text, found)
    if found.n == 0 then return text:sub(found[1], found[2]) end
    return groups(found)
end

-- What is found one after the other; fetched many at a time.
local function each_found(text, pattern, init)
    local list, index, at, is_first = {}, 0, init or 1, true
    return function()
        index = index + 1
        if not list[index] and at then
            list, at = host.search(text, pattern, at, 200, not is_first)
            index, is_first = 1, false
        end
        return list[index]
    end
end

function shoal.re.find(text, pattern, init)
    local found = host.search(text, pattern, init)[1]
    if not found then return nil end
    return found[1], found[2], groups(found)
end

function shoal.re.match(text, pattern, init)
    local found = host.search(text, pattern, init)[1]
    if not found then return nil end
    return whole_or_groups(text, found)
end

function shoal.re.gmatch(text, pattern)
    local next_found = each_found(text, pattern)
    return function()
        local found = next_found()
        if found then return whole_or_groups(text, found) end
    end
end

-- `by` is a text with %0 to %9, a table, or a function, which may wait.
function shoal.re.gsub(text, pattern, by, most)
    local parts, at, count = {}, 1, 0
    for found in each_found(text, pattern) do
        if most and count >= most then break end
        count = count + 1
        local old = text:sub(found[1], found[2])
        local new
        if type(by) == "function" then new = by(whole_or_groups(text, found))
        elseif type(by) == "table" then new = by[whole_or_groups(text, found)]
        else
            new = tostring(by):gsub("%%(.)", function(c)
                if c == "%" then return "%" end
                if c == "0" then return old end
                return tonumber(c) and found[tonumber(c) + 2] or ""
            end)
        end
        parts[#parts + 1] = text:sub(at, found[1] - 1)
        parts[#parts + 1] = new or old
        at = found[2] + 1
    end
    parts[#parts + 1] = text:sub(at)
    return table.concat(parts), count
end

function shoal.re.split(text, pattern, most)
    local parts, at = {}, 1
    for found in each_found(text, pattern) do
        if most and #parts + 1 >= most then break end
        if found[2] >= found[1] then
            parts[#parts + 1] = text:sub(at, found[1] - 1)
            at = found[2] + 1
        end
    end
    parts[#parts + 1] = text:sub(at)
    return parts
end

-- opts --------------------------------------------------------------------------------------------------------------

local function as_type(name, text, default)
    if type(default) == "string" then return text end
    if type(default) == "boolean" and (text == "true" or text == "false") then return text == "true" end
    if type(default) == "number" and tonumber(text) then return tonumber(text) end
    error("opts/" .. host.name .. ".conf: " .. name .. " is to be a " .. type(default) .. " and is " .. text)
end

-- shoal.opts { name = default, … }: the types are those of the defaults; afterwards shoal.opts.name.
shoal.opts = setmetatable({}, { __call = host.api("shoal.opts", function(self, defaults)
    if type(defaults) ~= "table" then error("shoal.opts { name = default, … } wants a table") end
    for name, default in pairs(defaults) do
        local text = host.options[name]
        rawset(self, name, text == nil and default or text ~= nil and as_type(name, text, default))
    end
    for name in pairs(host.options) do
        if defaults[name] == nil then host.warn("opts/" .. host.name .. ".conf: there is no option " .. name) end
    end
    return self
end) })

shoal.kv = {}

-- nil when there is nothing, shoal.null when that is what was kept, nil and an error when it could not be read
function shoal.kv.get(key)
    local text, err = host.read(key)
    if text == true then return nil end
    if text == nil then return nil, err end
    return host.decode(text)
end

-- { ttl = seconds }: for so long. Nothing is kept of nil.
function shoal.kv.set(key, value, options)
    if options then check_options("shoal.kv.set", options, { "ttl" }) end
    if value == nil then return host.erase(key) end
    local text, err = host.encode(value)
    if not text then return nil, err end
    return host.write(key, text, options and options.ttl)
end

-- All keys that begin with the prefix, in order; fetched many at a time.
function shoal.kv.list(prefix)
    local all, after = {}, nil
    repeat
        local page, err = host.keys(prefix, after)
        if not page then return nil, err end
        table.move(page.keys, 1, #page.keys, #all + 1, all)
        after = page.after
    until not after
    return host.list(all)
end

shoal.kv.delete = host.erase
shoal.kv.incr = host.count

-- http, fs, proc, notify: each has to be granted ----------------------------------------------------------------------

local function ask_web(what, method, options)
    if type(options) == "string" then options = { url = options } end
    check_options(what, options, { "url", "headers", "body", "json", "timeout", "max_bytes" })
    local asked = { method = method, headers = {} }
    for _, name in ipairs { "url", "body", "timeout", "max_bytes" } do asked[name] = options[name] end
    for name, value in pairs(options.headers or {}) do asked.headers[name] = tostring(value) end
    if options.json ~= nil then
        local text, err = host.encode(options.json)
        if not text then return nil, err end
        asked.body = text
        asked.headers["content-type"] = asked.headers["content-type"] or "application/json"
    end
    return host.web(asked)
end

shoal.http = {
    get = function(options) return ask_web("shoal.http.get", "GET", options) end,
    post = function(options) return ask_web("shoal.http.post", "POST", options) end,
}

local function file(verb)
    return function(path, rest, options)
        if options ~= nil then check_options("shoal.fs." .. verb, options, { "replace" }) end
        local asked = { verb = verb, path = path }
        if verb == "read" then asked.max = rest end
        if verb == "write" or verb == "append" then asked.text, asked.replace = rest, options and options.replace end
        if verb == "move" or verb == "copy" or verb == "link" then asked.to = rest end
        return host.files(asked)
    end
end

shoal.fs = {}
for _, verb in ipairs { "list", "stat", "exists", "read", "write", "append", "move", "copy", "link", "mkdir", "remove" } do
    shoal.fs[verb] = file(verb)
end

shoal.proc = {
    run = function(options)
        check_options("shoal.proc.run", options, { "argv", "env", "timeout", "max_output" })
        return host.program(options)
    end,
}

shoal.notify = {
    send = function(message)
        if type(message) == "string" then message = { text = message } end
        return host.notify(message)
    end,
}

-- torrents ----------------------------------------------------------------------------------------------------------

-- A handle: methods, and the fields of torrents.show, which are asked for when the first is read and kept until refresh().
local methods = {}
local handle = {}

local function new_handle(hash, seen)
    return setmetatable({ hash = hash, since = host.removals(), seen = seen }, handle)
end

local function ask(self, method, arguments)
    if host.is_gone(self.hash, self.since) then return nil, host.gone("the torrent is gone") end
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

function methods:remove(options)
    check_options("torrent:remove", options or {}, { "data" })
    return ask(self, "torrents.remove", { data = options and options.data or false })
end
function methods:move(folder) return ask(self, "torrents.move", { folder = folder }) end
function methods:rename(path, new_path) return ask(self, "torrents.rename", { path = path, new_path = new_path }) end
function methods:connect(peers) return ask(self, "torrents.connect", { peers = host.list(peers) }) end
function methods:set(changes) return ask(self, "torrents.set", { changes = changes }) end

function handle:__index(key)
    local method = methods[key]
    if method then return method end
    if host.is_gone(self.hash, self.since) then return nil end
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

-- The name may be left out: then the handler is called after where it stands. It is what shoal.off wants.
function shoal.on(event, name, fn)
    if type(name) == "function" and fn == nil then name, fn = tostring(event) .. ", " .. host.place(), name end
    if type(fn) ~= "function" then error("shoal.on(event, name, function) wants a function") end
    host.on(event, name, function(told)
        if told.torrent == "" then told.torrent = nil end -- an event of one that nobody could name
        if type(told.torrent) == "string" then told.torrent = new_handle(told.torrent) end
        return fn(told)
    end)
    return name
end

-- Asked before it happens: returns false and why not, a table of what is to be different, or nothing.
function shoal.before(hook, name, fn, priority)
    if type(name) == "function" then name, fn, priority = "before." .. tostring(hook) .. ", " .. host.place(), name, fn end
    if type(fn) ~= "function" then error("shoal.before(hook, name, function) wants a function") end
    local wrong = host.wrong_hook(tostring(hook))
    if wrong then error(wrong) end
    host.on("before." .. hook, name, function(asked)
        if hook ~= "add" and type(asked.torrent) == "string" then asked.torrent = new_handle(asked.torrent, asked) end
        return fn(asked)
    end, priority or 50)
    return name
end

function shoal.off(name)
    local was_observed = shoal.unobserve(name)
    return host.off(name) or was_observed
end

-- Tells everybody who listens to user.NAME: other scripts, and whoever watches from outside.
function shoal.emit(name, fields)
    if type(name) ~= "string" or not name:find("^user%.[%w_.-]+$") then
        error("shoal.emit(name, fields): the name of an event that scripts tell begins with user., as user.archived")
    end
    return host.call("scripts.emit", { event = name, fields = fields or {} })
end

-- Called once when this version takes the place of another one, with what was its shoal.state.
function shoal.on_reload(fn)
    if type(fn) ~= "function" then error("shoal.on_reload(function) wants a function") end
    host.on_reload(function(told) return fn(told.state) end)
end

-- rules, rss --------------------------------------------------------------------------------------------------------

shoal.rules = {
    why = function(title) return host.call("rules.why", type(title) == "table" and title or { title = title }) end,
    list = function() return host.call("rules.list") end,
    release = function(title) return host.call("rules.release", { title = title }) end,
    seen = {
        list = function(contains) return host.call("seen.list", { contains = contains }) end,
        learn = function(title, rule) return host.call("seen.learn", { title = title, rule = rule }) end,
        forget = function(key) return host.call("seen.forget", { key = key }) end,
        has = function(title)
            local answer, err = host.call("seen.has", { title = title })
            if not answer then return nil, err end
            return answer.seen
        end,
    },
}

-- A rule is data for the plug-in that has the rules; `where` stays here.
function shoal.rules.rule(options)
    if type(options) ~= "table" then error("shoal.rules.rule { name = …, … } wants a table") end
    if options.where ~= nil and type(options.where) ~= "function" then error(("where of the rule %s is to be a function"):format(tostring(options.name))) end
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
    parse = function(text, feed) return host.call("feeds.parse", { text = text, feed = feed }) end,
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
    room = function(folder) return host.call("disk.room", { folder = folder }) end,
}

-- Mistakes in what these functions are given are said of the lines that call them.
local function publish(place, functions)
    for name, fn in pairs(functions) do
        if type(fn) == "function" then functions[name] = host.api(place .. name, fn) end
    end
end

publish("torrent:", methods)

-- After everything else.
function host.publish()
    publish("shoal.", shoal)
    for name, part in pairs(shoal) do
        if type(part) == "table" and part ~= shoal.opts then publish("shoal." .. name .. ".", part) end
    end
    print = shoal.log.info
    require = host.api("require", require_once)
end

return shoal
)lua";

} // namespace shoal::script_lua
