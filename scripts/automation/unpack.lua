-- Unpacks archives (.rar, .zip, .7z, .tar and the like) beside themselves when a torrent is complete; what is there already stays as it is,
-- and the archives stay, to be seeded. Uses bsdtar (Debian: libarchive-tools). `labels`: only these; none: all. Beside a script that
-- moves what is complete (move_on_completion): `event = torrent.moved`, or its files are on their way while it unpacks them. What was
-- finished while the daemon was away is unpacked when it is back.
-- grants: proc(/usr/bin/bsdtar)
shoal.opts { program = "/usr/bin/bsdtar", timeout = 3600, labels = "", event = "torrent.finished" }

-- Of a set of several parts the first.
local function is_archive(path)
    local name = path:lower()
    local part = name:match("%.part(%d+)%.rar$")
    if part then return tonumber(part) == 1 end
    for _, ending in ipairs { "%.rar$", "%.zip$", "%.7z$", "%.tar$", "%.tar%.%w+$", "%.tgz$" } do
        if name:match(ending) then return true end
    end
    return false
end

local function is_wanted(label)
    if shoal.opts.labels == "" then return true end
    for one in shoal.opts.labels:gmatch("[^,%s]+") do
        if one == label then return true end
    end
    return false
end

-- Whether it came to its end, well or not.
local function unpack_one(archive)
    local ended, err = shoal.proc.run {
        argv = { shoal.opts.program, "-x", "-k", "-f", archive, "-C", archive:match("^(.*)/") },
        timeout = shoal.opts.timeout,
    }
    if not ended then shoal.log.error("could not unpack", archive .. ":", err)
    elseif ended.code ~= 0 then shoal.log.warning("could not unpack", archive .. ":", ended.errors)
    else shoal.log.info("unpacked", archive) end
    return ended
end

local busy = {}

local function unpack_all(torrent)
    if busy[torrent.hash] or not is_wanted(torrent.label) then return end
    busy[torrent.hash] = true
    local files, is_done = torrent:files() or {}, true
    for _, file in ipairs(files) do
        if is_archive(file.path) then is_done = unpack_one(torrent.folder .. "/" .. file.path) and is_done end
    end
    busy[torrent.hash] = nil
    if is_done and files[1] then shoal.kv.set("done/" .. torrent.hash, true) end
end

-- What is to be moved is remembered where it was.
local function is_in_place(torrent)
    if shoal.opts.event ~= "torrent.moved" then return shoal.opts.event == "torrent.finished" end
    local from = shoal.kv.get("from/" .. torrent.hash)
    if not from then shoal.kv.set("from/" .. torrent.hash, torrent.folder) end
    return from and from ~= torrent.folder
end

shoal.on(shoal.opts.event, "unpack", function(event) unpack_all(event.torrent) end)
shoal.on("torrent.finished", "remember", function(event) is_in_place(event.torrent) end)
shoal.on("torrent.removed", "forget", function(event)
    for _, kind in ipairs { "done/", "from/" } do shoal.kv.delete(kind .. event.torrent.hash) end
end)

-- Nobody tells what happened while we were not there: what was finished since the script ran for the first time is looked at again.
shoal.time.after("catch up", 5, function()
    local since = shoal.kv.get("since")
    if not since then return shoal.kv.set("since", shoal.time.unix()) end
    for _, torrent in ipairs(shoal.torrents.list("finished_at>=" .. since) or {}) do
        if not shoal.kv.get("done/" .. torrent.hash) and is_in_place(torrent) then unpack_all(torrent) end
    end
end)
