-- Unpacks archives (.rar, .zip, .7z, .tar and the like) beside themselves when a torrent is complete; what is there already stays as it is,
-- and the archives stay, to be seeded. Uses bsdtar (Debian: libarchive-tools). `labels`: only these; none: all. Beside a script that
-- moves what is complete (move_on_completion): `event = torrent.moved`, or its files are on their way while it unpacks them.
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

shoal.on(shoal.opts.event, "unpack", function(event)
    local torrent = event.torrent
    if not is_wanted(torrent.label) then return end
    for _, file in ipairs(torrent:files() or {}) do
        if is_archive(file.path) then
            local archive = torrent.folder .. "/" .. file.path
            local ended, err = shoal.proc.run {
                argv = { shoal.opts.program, "-x", "-k", "-f", archive, "-C", archive:match("^(.*)/") },
                timeout = shoal.opts.timeout,
            }
            if not ended then shoal.log.error("could not unpack", archive .. ":", err)
            elseif ended.code ~= 0 then shoal.log.warning("could not unpack", archive .. ":", ended.errors)
            else shoal.log.info("unpacked", archive) end
        end
    end
end)
