-- Looks after downloads that get nothing: asks for peers again, then stops and starts them, then says so and gives the label `stuck`, once.
-- One that moves again is forgotten. When a download counts as stalled is the setting `torrents.stalled_after`.
shoal.opts { minutes = 15, label = "stuck" }

local rounds = {} -- by info-hash: what was tried so far

local function ask_for_peers(torrent) return torrent:reannounce() end

local function start_anew(torrent)
    local stopped, err = torrent:stop()
    if not stopped then return nil, err end
    return torrent:start()
end

local function give_up(torrent, why)
    shoal.log.warning(torrent.name, "does not move:", why)
    if torrent.label == "" then return torrent:set { label = shoal.opts.label } end
    return true
end

local treatments = { ask_for_peers, ask_for_peers, start_anew, give_up }

local function forget(torrent)
    rounds[torrent.hash] = nil
    shoal.time.cancel("again " .. torrent.hash)
end

local function treat(torrent, why)
    local round = (rounds[torrent.hash] or 0) + 1
    rounds[torrent.hash] = round
    local done, err = treatments[round](torrent, why)
    if not done then shoal.log.info(torrent.name .. ":", err) end
    if round == #treatments or not rounds[torrent.hash] then return end
    shoal.time.after("again " .. torrent.hash, shoal.opts.minutes * 60, function()
        local is_stuck = torrent:refresh() and torrent.state == "downloading" and torrent.stall
        if is_stuck then treat(torrent, torrent.stall) else forget(torrent) end
    end)
end

shoal.on("torrent.stalled", "treat", function(event)
    if not rounds[event.torrent.hash] then treat(event.torrent, event.why) end
end)

for _, event in ipairs { "torrent.recovered", "torrent.finished", "torrent.removed" } do
    shoal.on(event, "forget: " .. event, function(told) forget(told.torrent) end)
end

-- Those that had stalled before the script was there.
shoal.time.after("find", shoal.opts.minutes * 60, function()
    for _, torrent in ipairs(shoal.torrents.list("state=downloading and stall") or {}) do
        if not rounds[torrent.hash] then treat(torrent, torrent.stall) end
    end
end)
