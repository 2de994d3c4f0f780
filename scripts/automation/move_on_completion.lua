-- Moves what is finished to the folder of its label. Edit `folders`; a torrent without a label, or with another one, stays where it is.
local folders = {
    tv = "/srv/media/tv",
    music = "/srv/media/music",
}

-- Each torrent once: what is moved elsewhere later stays there.
local function move(torrent)
    local key = "moved/" .. torrent.hash
    local folder = folders[torrent.label]
    if not folder or shoal.kv.get(key) then return end
    if torrent.folder ~= folder then
        local moved, err = torrent:move(folder)
        if not moved then return shoal.log.warning("could not move", torrent.name, "to", folder .. ":", err) end
        shoal.log.info("moved", torrent.name, "to", folder)
    end
    shoal.kv.set(key, true)
end

shoal.on("torrent.finished", "move by label", function(event) move(event.torrent) end)
shoal.on("torrent.removed", "forget", function(event) shoal.kv.delete("moved/" .. event.torrent.hash) end)

-- Nobody tells what happened while we were not there: what was finished since the script ran for the first time is looked at again.
shoal.time.after("catch up", 5, function()
    local since = shoal.kv.get("since")
    if not since then return shoal.kv.set("since", shoal.time.unix()) end
    for _, torrent in ipairs(shoal.torrents.list("finished_at>=" .. since) or {}) do move(torrent) end
end)
