test("what has given enough is removed, remembered and not taken again", function(t)
    t:script "remove_and_remember.lua"
    local torrent = t:torrent { name = "film", ratio = 2.0 }
    t:ask("remove", torrent)
    t:emit("torrent.ended", torrent, { why = "ratio 2" })
    t:equal(t:called("torrents.remove"), { torrent = torrent.hash, data = false })
    t:equal(#t.torrents, 0)
    local allowed, why = t:ask("add", { torrent = torrent.hash, name = "film" })
    t:equal(allowed, false)
    t:equal(why, "film was here until 2030-01-01T00:00:00Z")
    t:equal(t:ask("add", { torrent = ("f"):rep(40), name = "other" }), true)
end)

test("with data = true its files go, after the hours that were given", function(t)
    t:script("remove_and_remember.lua", { data = true, hours = 2 })
    local torrent = t:torrent {}
    t:emit("torrent.ended", torrent)
    t:wait(2 * 3600 - 1)
    t:equal(#t.torrents, 1)
    t:wait(1)
    t:equal(t:called("torrents.remove"), { torrent = torrent.hash, data = true })
end)

test("with refuse_again = false it may come back", function(t)
    t:script("remove_and_remember.lua", { refuse_again = false })
    local torrent = t:torrent {}
    t:emit("torrent.ended", torrent)
    t:equal(t:ask("add", { torrent = torrent.hash }), true)
end)
