-- Moves what is finished to the folder of its label. Edit `folders`; a torrent without a label, or with another one, stays where it is.
local folders = {
    tv = "/srv/media/tv",
    music = "/srv/media/music",
}

shoal.on("torrent.finished", "move by label", function(event)
    local folder = folders[event.torrent.label]
    if not folder or event.torrent.folder == folder then return end
    local moved, err = event.torrent:move(folder)
    if moved then
        shoal.log.info("moved", event.name, "to", folder)
    else
        shoal.log.warning("could not move", event.name, "to", folder .. ":", err)
    end
end)
