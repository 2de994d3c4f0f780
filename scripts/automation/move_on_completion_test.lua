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

test("what was finished while the daemon was away is moved when it is back, once", function(t)
    t:script "move_on_completion.lua"
    t:wait(10)
    local torrent = t:torrent { label = "tv", finished_at = t:now() + 60 }
    t:wait(120)
    t:script "move_on_completion.lua"
    t:wait(10)
    t:equal(torrent.folder, "/srv/media/tv")
    torrent.folder = "/home/me"
    t:script "move_on_completion.lua"
    t:wait(10)
    t:equal(torrent.folder, "/home/me", "the user moved it")
end)

test("what was finished before the script was there is left alone", function(t)
    t:torrent { label = "tv", finished_at = t:now() - 60 }
    t:script "move_on_completion.lua"
    t:wait(10)
    t:script "move_on_completion.lua"
    t:wait(10)
    t:check(not t:called("torrents.move"))
end)

test("a move that fails is tried again at the next start", function(t)
    t:script "move_on_completion.lua"
    t:wait(10)
    local torrent = t:torrent { name = "film", label = "tv", finished_at = t:now() }
    t:answer("torrents.move", function() return nil, "no space there" end)
    t:emit("torrent.finished", torrent)
    t:check(t:logged("could not move film to /srv/media/tv: no space there"))
    t:answer("torrents.move", nil)
    t:script "move_on_completion.lua"
    t:wait(10)
    t:equal(torrent.folder, "/srv/media/tv")
end)
