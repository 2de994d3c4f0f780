-- Runs a program when a torrent is complete: with its name, folder, label and info-hash as arguments. Put your program's path into the
-- next line and into opts/run_on_completion.conf (program = …). What it prints is in the daemon's log. Beside a script that moves what is
-- complete (move_on_completion): `event = torrent.moved`, and the folder is the new one. It runs at least once for each, whatever dies
-- meanwhile.
-- grants: proc(/usr/local/bin/after-download)
shoal.opts { program = "/usr/local/bin/after-download", timeout = 600, label = "", event = "torrent.finished" }

local busy = {}

local function run(torrent)
    if busy[torrent.hash] or shoal.opts.label ~= "" and torrent.label ~= shoal.opts.label then return end
    busy[torrent.hash] = true
    local ended, err = shoal.proc.run {
        argv = { shoal.opts.program, torrent.name, torrent.folder, torrent.label, torrent.hash },
        timeout = shoal.opts.timeout,
    }
    busy[torrent.hash] = nil
    if not ended then return shoal.log.error(shoal.opts.program, "for", torrent.name .. ":", err) end
    for line in (ended.output .. ended.errors):gmatch("[^\n]+") do shoal.log.info(line) end
    if ended.code ~= 0 then shoal.log.warning(shoal.opts.program, "ended with", ended.code, "for", torrent.name) end
    shoal.kv.set("done/" .. torrent.hash, true)
end

-- What is to be moved is remembered where it was.
local function is_in_place(torrent)
    if shoal.opts.event ~= "torrent.moved" then return shoal.opts.event == "torrent.finished" end
    local from = shoal.kv.get("from/" .. torrent.hash)
    if not from then shoal.kv.set("from/" .. torrent.hash, torrent.folder) end
    return from and from ~= torrent.folder
end

shoal.on(shoal.opts.event, "run", function(event) run(event.torrent) end)
shoal.on("torrent.finished", "remember", function(event) is_in_place(event.torrent) end)
shoal.on("torrent.removed", "forget", function(event)
    for _, kind in ipairs { "done/", "from/" } do shoal.kv.delete(kind .. event.torrent.hash) end
end)

-- Nobody tells what happened while we were not there: what was finished since the script ran for the first time is looked at again.
shoal.time.after("catch up", 5, function()
    local since = shoal.kv.get("since")
    if not since then return shoal.kv.set("since", shoal.time.unix()) end
    for _, torrent in ipairs(shoal.torrents.list("finished_at>=" .. since) or {}) do
        if not shoal.kv.get("done/" .. torrent.hash) and is_in_place(torrent) then run(torrent) end
    end
end)
