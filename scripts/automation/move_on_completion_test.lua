test("moves by label", function(t)
    t:script "move_on_completion.lua"
    local torrent = t:torrent { name = "film", label = "tv" }
    t:emit("torrent.finished", torrent)
    t:equal(t:called("torrents.move"), { torrent = torrent.hash, folder = "/srv/media/tv" })
    t:check(t:logged("moved film to /srv/media/tv"))
end)

test("leaves alone what has no label, another one, or is there already", function(t)
    t:script "move_on_completion.lua"
    t:emit("torrent.finished", t:torrent {})
    t:emit("torrent.finished", t:torrent { label = "linux" })
    t:emit("torrent.finished", t:torrent { label = "tv", folder = "/srv/media/tv" })
    t:check(not t:called("torrents.move"))
end)
