test("a .torrent that does not grow any more is added, and renamed", function(t)
    t:script("watch_folder.lua", { download = "/srv/in", label = "watched" })
    t.files["/srv/watch/a.torrent"] = "d4:info"
    t:wait(10)
    t:check(not t:called("torrents.add"), "it may still grow")
    t.files["/srv/watch/a.torrent"] = "d4:infod"
    t:wait(10)
    t:check(not t:called("torrents.add"), "it grew")
    t:wait(10)
    t:equal(t:called("torrents.add"), { source = "/srv/watch/a.torrent", folder = "/srv/in", label = "watched" })
    t:check(t.files["/srv/watch/a.torrent.added"])
    t:wait(60)
    t:equal(#t:calls_of("torrents.add"), 1)
end)

test("a magnet link in a file is added, other files are left alone", function(t)
    t:script "watch_folder.lua"
    t.files["/srv/watch/one.magnet"] = "magnet:?xt=urn:btih:" .. ("a"):rep(40) .. "\n"
    t.files["/srv/watch/notes.txt"] = "magnet:?xt=urn:btih:" .. ("b"):rep(40)
    t:wait(30)
    t:equal(t:calls_of("torrents.add"), { { source = "magnet:?xt=urn:btih:" .. ("a"):rep(40) } })
end)

test("what cannot be added is renamed, and said", function(t)
    t:script "watch_folder.lua"
    t:answer("torrents.add", function() return nil, "it is here already" end)
    t.files["/srv/watch/a.torrent"] = "x"
    t.files["/srv/watch/b.magnet"] = "no link"
    t:wait(30)
    t:check(t.files["/srv/watch/a.torrent.failed"] and t.files["/srv/watch/b.magnet.failed"])
    t:check(t:logged("it is here already"))
    t:check(t:logged("there is no link in it"))
end)
