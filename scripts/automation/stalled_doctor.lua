-- Looks after downloads that do not move: asks for peers again, then stops and starts them, then says so and gives the label `stuck`, once.
-- One that moves again is forgotten.
shoal.opts { minutes = 15, label = "stuck" }

local rounds = {} -- by info-hash: how often it was found standing still

local function ask_for_peers(torrent) return torrent:reannounce() end

local function start_anew(torrent)
    local stopped, err = torrent:stop()
    if not stopped then return nil, err end
    return torrent:start()
end

local function give_up(torrent)
    shoal.log.warning(torrent.name, "does not move:", torrent.stall)
    if torrent.label == "" then return torrent:set { label = shoal.opts.label } end
    return true
end

local treatments = { ask_for_peers, ask_for_peers, start_anew, give_up }

shoal.time.every("look", shoal.opts.minutes * 60, function()
    local standing = {}
    for _, torrent in ipairs(shoal.torrents.list("state=downloading and stall") or {}) do
        local round = (rounds[torrent.hash] or 0) + 1
        standing[torrent.hash] = round
        local treat = treatments[round]
        if treat then
            local done, err = treat(torrent)
            if not done then shoal.log.info(torrent.name .. ":", err) end
        end
    end
    rounds = standing
end)
