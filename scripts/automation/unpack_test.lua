local function with_files(t, ...)
    local files = {}
    for i, path in ipairs { ... } do files[i] = { index = i - 1, path = path, size = 1, done = 1, priority = "normal" } end
    return t:torrent { name = "set", folder = "/srv/in", label = "tv", files = files }
end

test("archives are unpacked beside themselves, of several parts the first", function(t)
    t:program("/usr/bin/bsdtar")
    t:script "unpack.lua"
    t:emit("torrent.finished", with_files(t, "set/a.part01.rar", "set/a.part02.rar", "set/b.ZIP", "set/notes.txt", "set/c.r00", "set/d.tar.gz"))
    local archives = {}
    for i, run in ipairs(t.programs_run) do archives[i] = run.argv[5] end
    t:equal(archives, { "/srv/in/set/a.part01.rar", "/srv/in/set/b.ZIP", "/srv/in/set/d.tar.gz" })
    t:equal(t.programs_run[1].argv, { "/usr/bin/bsdtar", "-x", "-k", "-f", "/srv/in/set/a.part01.rar", "-C", "/srv/in/set" })
    t:check(t:logged("unpacked /srv/in/set/b.ZIP"))
end)

test("only for the labels that are named", function(t)
    t:program("/usr/bin/bsdtar")
    t:script("unpack.lua", { labels = "music, books" })
    t:emit("torrent.finished", with_files(t, "a.zip"))
    t:equal(#t.programs_run, 0)
end)

test("a broken archive is said, and the others are unpacked", function(t)
    t:program("/usr/bin/bsdtar", function(argv) return argv[5]:match("bad") and { code = 1, errors = "truncated" } end)
    t:script "unpack.lua"
    t:emit("torrent.finished", with_files(t, "s/bad.zip", "s/good.zip"))
    t:check(t:logged("could not unpack /srv/in/s/bad.zip: truncated"))
    t:check(t:logged("unpacked /srv/in/s/good.zip"))
end)

test("beside a script that moves, it waits for the new place", function(t)
    t:program("/usr/bin/bsdtar")
    t:script("unpack.lua", { event = "torrent.moved" })
    local torrent = with_files(t, "s/a.zip")
    t:emit("torrent.finished", torrent)
    t:equal(#t.programs_run, 0)
    torrent.folder = "/srv/media"
    t:emit("torrent.moved", torrent)
    t:equal(t.programs_run[1].argv[5], "/srv/media/s/a.zip")
end)

local function restart(t, options)
    t:script("unpack.lua", options)
    t:wait(10)
end

test("what was finished while the daemon was away is unpacked when it is back, once", function(t)
    t:program("/usr/bin/bsdtar")
    with_files(t, "old/a.zip").finished_at = t:now() - 60
    restart(t)
    with_files(t, "s/a.zip").finished_at = t:now()
    for _ = 1, 3 do restart(t) end
    t:equal(#t.programs_run, 1)
    t:equal(t.programs_run[1].argv[5], "/srv/in/s/a.zip")
end)

test("an archive whose unpacking did not come to its end is unpacked at the next start, a broken one is not", function(t)
    restart(t)
    local torrent = with_files(t, "s/a.zip")
    torrent.finished_at = t:now()
    t:emit("torrent.finished", torrent)
    t:program("/usr/bin/bsdtar", { code = 1, errors = "truncated" })
    for _ = 1, 3 do restart(t) end
    t:equal(#t.programs_run, 2)
end)

test("what was moved while nobody looked is unpacked, and not before it is moved", function(t)
    t:program("/usr/bin/bsdtar")
    local moved = { event = "torrent.moved" }
    restart(t, moved)
    local torrent = with_files(t, "s/a.zip")
    torrent.finished_at = t:now()
    t:emit("torrent.finished", torrent)
    restart(t, moved)
    t:equal(#t.programs_run, 0)
    torrent.folder = "/srv/media"
    for _ = 1, 3 do restart(t, moved) end
    t:equal(#t.programs_run, 1)
end)
