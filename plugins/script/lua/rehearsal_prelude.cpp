#include "rehearsal.hpp"

namespace shoal::script_lua {

// What a case is given to work with. It runs in the test's own sandbox, over the functions of rehearsal_api.cpp.
const char* const rehearsal_prelude = R"lua(
local host, filter_of = ...
test = host.test

local Case = {}
Case.__index = Case

local function new_case()
    return setmetatable({ torrents = {}, calls = {}, requests = {}, programs_run = {}, notices = {}, lines = {}, files = {}, settings = {},
        room = { free = 10 ^ 12, size = 10 ^ 12 }, kept = {}, answers = {}, pages = {}, programs = {}, troubles = {}, expected = {},
        decisions = {}, count = 0 }, Case)
end

local function copy(value)
    if type(value) ~= "table" then return value end
    local made = {}
    for key, inner in pairs(value) do made[key] = copy(inner) end
    return made
end

-- torrents that are made up ---------------------------------------------------------------------------------------------

local shown_fields = { "torrent", "name", "state", "size", "progress", "downloaded", "uploaded", "ratio", "folder", "label", "position",
    "added_at", "finished_at", "seeding_time", "eta", "private", "stall", "error", "peers", "seeds", "limits", "meta" }

function Case:torrent(given)
    self.count = self.count + 1
    local torrent = { hash = ("%040x"):format(self.count), name = "torrent " .. self.count, state = "seeding", size = 2 ^ 30, progress = 1.0,
        downloaded = 0, uploaded = 0, ratio = 0.0, folder = "/downloads", label = "", position = self.count, added_at = host.unix(),
        finished_at = 0, seeding_time = 0, private = false, peers = 0, seeds = 0, files = {}, trackers = {} }
    for key, value in pairs(given or {}) do torrent[key] = value end
    torrent.torrent = torrent.hash
    self.torrents[#self.torrents + 1] = torrent
    return torrent
end

local function shown(torrent)
    local fields = {}
    for _, name in ipairs(shown_fields) do fields[name] = copy(torrent[name]) end
    return fields
end

local function find(self, name)
    for i, torrent in ipairs(self.torrents) do
        if torrent.name == name or torrent.hash:sub(1, #name) == name then return torrent, i end
    end
    return nil, nil, "not_found", "there is no torrent " .. tostring(name)
end

-- As the core tells it: which it is, when it was, and who made it happen.
local function happen(self, event, payload)
    self.told = (self.told or 0) + 1
    payload.seq, payload.time, payload.cause = self.told, host.unix(), payload.cause or "core"
    host.hear(event, payload)
end

local function tell(self, event, torrent, more)
    local payload = copy(more or {})
    payload.torrent, payload.name = torrent.hash, torrent.name
    happen(self, event, payload)
end

local methods = {}

methods["torrents.show"] = function(self, arguments, torrent) return shown(torrent) end

methods["torrents.list"] = function(self, arguments)
    local fits = arguments.filter and filter_of(arguments.filter) or function() return true end
    local list = {}
    for _, torrent in ipairs(self.torrents) do
        local fields = shown(torrent)
        if fits(fields) then list[#list + 1] = fields end
    end
    return host.list(list)
end

methods["torrents.add"] = function(self, arguments)
    local torrent = self:torrent { name = arguments.source:match("[^/]+$") or arguments.source, folder = arguments.folder, label = arguments.label,
        state = arguments.stopped and "stopped" or "downloading", progress = 0.0, source = arguments.source }
    tell(self, "torrent.added", torrent)
    return torrent.hash
end

methods["torrents.remove"] = function(self, arguments, torrent, place)
    table.remove(self.torrents, place)
    tell(self, "torrent.removed", torrent)
end

methods["torrents.start"] = function(self, arguments, torrent) torrent.state = torrent.progress < 1 and "downloading" or "seeding" end
methods["torrents.stop"] = function(self, arguments, torrent) torrent.state = "stopped" end

local function set_meta(torrent, changes)
    torrent.meta = torrent.meta or {}
    for key, value in pairs(changes) do torrent.meta[key] = value end
end

methods["torrents.set"] = function(self, arguments, torrent)
    torrent.limits = torrent.limits or {}
    for key, value in pairs(arguments.changes) do
        if key == "meta" then set_meta(torrent, value)
        elseif key == "label" then torrent.label = value
        else torrent.limits[key] = value end
    end
    tell(self, "torrent.changed", torrent, arguments.changes)
end

methods["torrents.move"] = function(self, arguments, torrent)
    torrent.folder = arguments.folder
    tell(self, "torrent.moved", torrent, { folder = arguments.folder })
end

methods["torrents.changes"] = function(self)
    self.revision = (self.revision or 0) + 1
    return { revision = self.revision, everything = true, changed = methods["torrents.list"](self, {}), gone = host.list {} }
end

methods["scripts.emit"] = function(self, arguments) host.hear(arguments.event, copy(arguments.fields)) end

local function nothing() end
for _, name in ipairs { "recheck", "reannounce", "rename", "connect", "queue" } do methods["torrents." .. name] = nothing end
methods["torrents.files"] = function(self, arguments, torrent) return host.list(torrent.files) end
methods["torrents.trackers"] = function(self, arguments, torrent) return host.list(torrent.trackers) end
methods["torrents.peers"] = function() return host.list {} end
methods["disk.room"] = function(self) return self.room end
methods["session.stats"] = function(self) return { torrents = #self.torrents, running = #self.torrents } end

methods["settings.get"] = function(self, arguments)
    local value = self.settings[arguments.name]
    if value == nil then return nil, nil, "not_found", "the test has no setting " .. arguments.name end
    return { name = arguments.name, value = value }
end
methods["settings.set"] = function(self, arguments) self.settings[arguments.name] = arguments.value end

-- what scripts want -------------------------------------------------------------------------------------------------------

-- Each returns the answer, or nil, nil, a code and a text.
local serve = {}

-- Of what a test has said: a value, or a function that makes one, or nil and why.
local function canned(answer, ...)
    if type(answer) ~= "function" then return answer end
    local value, why = answer(...)
    if value == nil and why then return nil, nil, "refused", tostring(why) end
    return value
end

function serve.call(self, wish)
    self.calls[#self.calls + 1] = { method = wish.name, arguments = wish.value }
    if self.answers[wish.name] ~= nil then return canned(self.answers[wish.name], wish.value) end
    local method = methods[wish.name]
    if not method then
        return nil, nil, "not_found", ("the test has no answer for %s: give one with t:answer(\"%s\", …)"):format(wish.name, wish.name)
    end
    if not wish.value.torrent then return method(self, wish.value) end
    local torrent, place, code, why = find(self, wish.value.torrent)
    if not torrent then return nil, nil, code, why end
    return method(self, wish.value, torrent, place)
end

local function space(self, wish)
    self.kept[wish.script] = self.kept[wish.script] or {}
    return self.kept[wish.script]
end

local function is_kept(value) return value and (not value.ends or value.ends > host.unix()) end

function serve.read(self, wish)
    local value = space(self, wish)[wish.name]
    return is_kept(value) and value.text or nil
end

function serve.write(self, wish)
    local value = wish.value
    if type(value) == "table" then value = { text = value.text, ends = host.unix() + math.max(value.ttl, 1) } else value = { text = value } end
    space(self, wish)[wish.name] = value
end

function serve.erase(self, wish) space(self, wish)[wish.name] = nil end

function serve.count(self, wish)
    local kept = space(self, wish)
    local value = is_kept(kept[wish.name]) and kept[wish.name] or {}
    kept[wish.name] = { text = tostring((tonumber(value.text) or 0) + wish.value), ends = value.ends }
    return tonumber(kept[wish.name].text)
end

function serve.keys(self, wish)
    local keys = {}
    for key, value in pairs(space(self, wish)) do
        if key:sub(1, #wish.name) == wish.name and is_kept(value) then keys[#keys + 1] = key end
    end
    table.sort(keys)
    return { keys = host.list(keys) }
end

function serve.web(self, wish)
    self.requests[#self.requests + 1] = wish.value
    local page = self.pages[wish.value.url]
    if page == nil then return nil, nil, "refused", "the test has no page at " .. wish.value.url end
    if type(page) == "function" then page = page(wish.value) end
    if type(page) == "string" then page = { body = page } end
    local status = page.status or 200
    return { status = status, ok = status >= 200 and status < 300, url = wish.value.url, headers = page.headers or {}, body = page.body or "" }
end

function serve.program(self, wish)
    self.programs_run[#self.programs_run + 1] = wish.value
    local program = self.programs[wish.value.argv[1]]
    if program == nil then return nil, nil, "not_found", "the test has no program " .. tostring(wish.value.argv[1]) end
    local result = type(program) == "function" and program(wish.value.argv) or program
    if type(result) ~= "table" then result = {} end
    return { code = result.code or 0, output = result.output or "", errors = result.errors or "", cut = false }
end

function serve.notice(self, wish)
    self.notices[#self.notices + 1] = wish.value
    return { sent = 1 }
end

-- Files are texts by their paths; a folder is there when something is below it.
local files = {}

local function is_folder(self, path)
    for name in pairs(self.files) do
        if name:sub(1, #path + 1) == path .. "/" then return true end
    end
    return false
end

function files.exists(self, what) return self.files[what.path] ~= nil or is_folder(self, what.path) end
function files.read(self, what) return self.files[what.path] end
function files.write(self, what) self.files[what.path] = what.text return true end
function files.append(self, what) self.files[what.path] = (self.files[what.path] or "") .. what.text return true end
function files.mkdir() return true end
function files.remove(self, what) self.files[what.path] = nil return true end
function files.copy(self, what) self.files[what.to] = self.files[what.path] return true end
files.link = files.copy
function files.move(self, what)
    self.files[what.to], self.files[what.path] = self.files[what.path], nil
    return true
end
function files.stat(self, what)
    local text = self.files[what.path]
    return { kind = text and "file" or "folder", size = text and #text or 0, modified = host.unix() }
end
function files.list(self, what)
    local seen, all = {}, {}
    for path, text in pairs(self.files) do
        local below = path:sub(1, #what.path + 1) == what.path .. "/" and path:sub(#what.path + 2)
        local name = below and below:match("^[^/]+")
        if name and not seen[name] then
            seen[name] = true
            all[#all + 1] = { name = name, kind = name == below and "file" or "folder", size = name == below and #text or 0, modified = host.unix() }
        end
    end
    table.sort(all, function(a, b) return a.name < b.name end)
    return host.list(all)
end

function serve.file(self, wish)
    local what = wish.value
    local is_there = self.files[what.path] ~= nil or is_folder(self, what.path)
    if not is_there and not (what.verb == "exists" or what.verb == "write" or what.verb == "append" or what.verb == "mkdir") then
        return nil, nil, "not_found", what.path .. " is not there"
    end
    return files[what.verb](self, what)
end

-- time --------------------------------------------------------------------------------------------------------------------

-- Lets the scripts run until none of them has anything to do now.
local function settle(self)
    repeat
        local turn = host.run()
        for _, line in ipairs(turn.lines) do self.lines[#self.lines + 1] = line end
        for _, trouble in ipairs(turn.troubles) do self.troubles[#self.troubles + 1] = trouble end
        for _, done in ipairs(turn.finished) do self.decisions[done.errand] = done end
        for _, wish in ipairs(turn.wishes) do
            local value, _, code, why = serve[wish.kind](self, wish)
            if code then host.refuse(wish.script, wish.ticket, code, why) else host.answer(wish.script, wish.ticket, value) end
        end
    until #turn.wishes == 0 and (host.next() or 1) > 0
end

function Case:wait(seconds)
    settle(self)
    local left = seconds
    while true do
        local pause = host.next()
        if not pause or pause > left then break end
        host.advance(pause)
        left = left - pause
        settle(self)
    end
    host.advance(left)
    settle(self)
end

function Case:now() return host.unix() end

-- what a case does ----------------------------------------------------------------------------------------------------------

-- Loads the script of that name from beside the test: a file, or a folder with main.lua.
function Case:script(name, options)
    local file = name
    for _, path in ipairs { name, name .. ".lua", name .. "/main.lua" } do
        if host.file(path) then file = path break end
    end
    if not host.file(file) then error("there is no " .. name .. " beside the test", 2) end
    local as_texts = {}
    for key, value in pairs(options or {}) do as_texts[key] = tostring(value) end
    local why = host.load(file, as_texts)
    if why then error("cannot be loaded: " .. why, 2) end
    self.last_script = host.script_name(file)
    settle(self)
    local vain = host.vain(self.last_script)
    if vain then error(vain, 2) end
end

function Case:file(name) return host.file(name) end

-- An event: of a torrent, with more fields, or with fields alone.
function Case:emit(event, torrent, more)
    local untold = host.untold(event)
    if untold then error(untold, 2) end
    if type(torrent) == "table" and torrent.hash then tell(self, event, torrent, more) else happen(self, event, copy(torrent or {})) end
    settle(self)
end

local function decided(self, errand)
    settle(self)
    local pauses = 0
    while not self.decisions[errand] and pauses < 100 do
        local pause = host.next()
        if not pause then break end
        host.advance(pause)
        settle(self)
        pauses = pauses + 1
    end
    return self.decisions[errand]
end

-- Puts a question to a hook ("add"): whether it is allowed, why not, and the fields as they are to be.
function Case:ask(hook, torrent, more)
    local wrong = host.wrong_hook(tostring(hook))
    if wrong then error(wrong, 2) end
    local question = copy(more or torrent or {})
    if torrent and torrent.hash then
        question = shown(torrent)
        for key, value in pairs(more or {}) do question[key] = value end
    end
    question.cause = question.cause or "user"
    local places = {}
    for _, place in ipairs(host.hooks()) do
        if place.hook == "before." .. hook then places[#places + 1] = place end
    end
    table.sort(places, function(a, b) return a.priority < b.priority end)
    for _, place in ipairs(places) do
        local done = decided(self, host.put(place.script, place.handler, question))
        local decision = done and done.value
        if type(decision) == "table" then
            if decision.allowed == false then return false, decision.why end
            for key, value in pairs(decision.changes or {}) do question[key] = value end
        end
    end
    return true, nil, question
end

-- What the predicate of a rule of the script that was loaded last says of an item.
function Case:where(rule, item)
    local done = decided(self, host.ask(self.last_script, rule, item))
    if not done then error("the predicate did not answer", 2) end
    if done.error then error(done.error, 2) end
    return done.value.ok, done.value.why
end

function Case:rules() return host.declared(self.last_script).rules end
function Case:feeds() return host.declared(self.last_script).feeds end

-- What the world answers: a method, a web page, a program; a value, or a function that makes one.
function Case:answer(method, answer) self.answers[method] = answer end
function Case:page(url, page) self.pages[url] = page end
function Case:program(path, result) self.programs[path] = result == nil and {} or result end

-- what a case says of it ----------------------------------------------------------------------------------------------------

-- The arguments of the last call of a method; nil when there was none.
function Case:called(method)
    for i = #self.calls, 1, -1 do
        if self.calls[i].method == method then return self.calls[i].arguments end
    end
end

function Case:calls_of(method)
    local all = {}
    for _, call in ipairs(self.calls) do
        if call.method == method then all[#all + 1] = call.arguments end
    end
    return all
end

function Case:logged(part)
    for _, line in ipairs(self.lines) do
        if line:find(part, 1, true) then return true end
    end
    return false
end

local function same(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then return a == b end
    for key, value in pairs(a) do
        if not same(value, b[key]) then return false end
    end
    for key in pairs(b) do
        if a[key] == nil then return false end
    end
    return true
end

function Case:equal(got, wanted, what)
    if not same(got, wanted) then
        error((what and what .. ": " or "") .. host.shown(got) .. " is not " .. host.shown(wanted), 2)
    end
end

function Case:check(condition, what)
    if not condition then error(what or "it is not so", 2) end
end

-- A handler is meant to fail, with this in its text.
function Case:expect_failure(part) self.expected[#self.expected + 1] = part end

local function is_expected(self, trouble)
    for i, part in ipairs(self.expected) do
        if trouble:find(part, 1, true) then
            table.remove(self.expected, i)
            return true
        end
    end
    return false
end

return function(body)
    local case = new_case()
    body(case)
    settle(case)
    for _, trouble in ipairs(case.troubles) do
        if not is_expected(case, trouble) then error("a handler failed: " .. trouble, 0) end
    end
    if case.expected[1] then error("no handler failed with: " .. case.expected[1], 0) end
end
)lua";

} // namespace shoal::script_lua
