-- Adds what is put into a folder: .torrent files, and .magnet files with a link in them. What was added is called NAME.added afterwards,
-- what could not be NAME.failed. Give the folder twice: here, and in opts/watch_folder.conf if it is another.
-- grants: fs(/srv/watch:rw)
shoal.opts { folder = "/srv/watch", download = "", label = "", seconds = 10 }

local sizes = {} -- as of the last look: a file that still grows is left alone

local function source_of(path)
    if path:match("%.torrent$") then return path end
    local link, err = shoal.fs.read(path)
    return link and link:match("^%s*(magnet:%S+)"), err or "there is no link in it"
end

local function take(path)
    local source, err = source_of(path)
    local added
    if source then
        added, err = shoal.torrents.add {
            source = source,
            folder = shoal.opts.download ~= "" and shoal.opts.download or nil,
            label = shoal.opts.label ~= "" and shoal.opts.label or nil,
        }
    end
    if not added then shoal.log.warning("could not add", path .. ":", err) end
    local moved, why = shoal.fs.move(path, path .. (added and ".added" or ".failed"))
    if not moved then shoal.log.warning("could not rename", path .. ":", why) end
end

shoal.time.every("look", shoal.opts.seconds, function()
    local entries, err = shoal.fs.list(shoal.opts.folder)
    if not entries then return shoal.log.warning(err) end
    local before = sizes
    sizes = {}
    for _, entry in ipairs(entries) do
        local is_ours = entry.kind == "file" and (entry.name:match("%.torrent$") or entry.name:match("%.magnet$"))
        if is_ours and entry.size > 0 and before[entry.name] == entry.size then take(shoal.opts.folder .. "/" .. entry.name)
        elseif is_ours then sizes[entry.name] = entry.size end
    end
end)
