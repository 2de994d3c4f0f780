#include "script.hpp"

namespace shoal::script_lua {

// shoal.observe: for what changes all the time, and has no events for that reason. It runs after the prelude, with what that had and made.
const char* const observe_prelude = R"lua(
local host, shoal = ...

local most = 1000
local clock = "shoal.observe" -- the timer
local observations, count = {}, 0 -- by name
local revision = 0
local looking_since -- nil: nobody looks
local longest_look = 60 -- one that was stopped in its midst does not keep others from looking

local function drop(name)
    if not observations[name] then return false end
    observations[name] = nil
    count = count - 1
    if count == 0 then host.cancel(clock) end
    return true
end

-- In a task of its own: it may wait, and what it does wrong is its own.
local function tell(name, observation, seen)
    local values = {}
    for _, field in ipairs(observation.fields) do values[field] = seen[field] end
    local said = host.encode(values)
    if said == observation.said then return end
    local is_told = host.timer("observe: " .. name, 0, false, function()
        if observations[name] == observation then observation.fn(values, observation.torrent) end
    end)
    observation.said = is_told and said -- without room for a timer the next look tells it
end

local function look_at_all()
    local changes, err = host.call("torrents.changes", { since = revision, fields = { "torrent" } })
    if not changes then return shoal.log.warning("what is observed cannot be looked at:", err) end
    revision = changes.revision
    local is_changed = {}
    for _, seen in ipairs(changes.changed) do is_changed[seen.torrent] = true end
    for _, hash in ipairs(changes.gone) do is_changed[hash] = true end
    local due = {} -- handlers may come and go while this waits
    for name, observation in pairs(observations) do
        if not observation.said or is_changed[observation.torrent.hash] then due[name] = observation end
    end
    for name, observation in pairs(due) do
        local seen = observation.torrent:refresh()
        if observations[name] == observation then
            if seen then tell(name, observation, seen) else drop(name) end
        end
    end
end

-- One after the other, however long one takes: they would become more and more.
local function look()
    if looking_since and host.now() < looking_since + longest_look then return end
    looking_since = host.now()
    look_at_all()
    looking_since = nil
end

-- Calls the function with the values of these fields as they are, and when they are others, at most once a second. It ends with the torrent.
function shoal.observe(torrent, fields, name, fn)
    if type(name) == "function" and fn == nil then name, fn = "observe, " .. host.place(), name end
    local is_torrent = type(torrent) == "table" and type(torrent.refresh) == "function"
    if not is_torrent or type(fields) ~= "table" or type(name) ~= "string" or type(fn) ~= "function" then
        error("shoal.observe(torrent, fields, name, function) wants a torrent, a list of names of fields, and a function")
    end
    drop(name)
    if count >= most then error("a script may observe 1,000 things") end
    observations[name] = { torrent = torrent, fields = fields, fn = fn }
    count = count + 1
    if count == 1 then host.timer(clock, 1, true, look) end
    return name
end

shoal.unobserve = drop

host.publish()
)lua";

} // namespace shoal::script_lua
