local program = "/usr/local/bin/after-download"

test("runs the program with the torrent's name, folder, label and hash", function(t)
    t:program(program, { output = "copied\n" })
    t:script "run_on_completion.lua"
    local torrent = t:torrent { name = "film; rm -rf /", folder = "/srv/in", label = "tv" }
    t:emit("torrent.finished", torrent)
    t:equal(t.programs_run[1].argv, { program, "film; rm -rf /", "/srv/in", "tv", torrent.hash })
    t:check(t:logged("copied"))
end)

test("says how it failed", function(t)
    t:program(program, { code = 3, errors = "no such share\n" })
    t:script "run_on_completion.lua"
    t:emit("torrent.finished", t:torrent { name = "film" })
    t:check(t:logged("no such share"))
    t:check(t:logged("ended with 3 for film"))
end)

test("with a label it runs for that alone", function(t)
    t:program(program)
    t:script("run_on_completion.lua", { label = "tv" })
    t:emit("torrent.finished", t:torrent { label = "linux" })
    t:equal(#t.programs_run, 0)
    t:emit("torrent.finished", t:torrent { label = "tv" })
    t:equal(#t.programs_run, 1)
end)

test("beside a script that moves, it is told the new folder", function(t)
    t:program(program)
    t:script("run_on_completion.lua", { event = "torrent.moved" })
    local torrent = t:torrent { name = "film", folder = "/srv/in" }
    t:emit("torrent.finished", torrent)
    t:equal(#t.programs_run, 0)
    torrent.folder = "/srv/media"
    t:emit("torrent.moved", torrent)
    t:equal(t.programs_run[1].argv[3], "/srv/media")
end)

-- What a daemon does that was killed, or is started again.
local function restart(t, options)
    t:script("run_on_completion.lua", options)
    t:wait(10)
end

test("what was finished while the daemon was away is handled when it is back, once", function(t)
    t:program(program)
    restart(t)
    t:torrent { name = "film", finished_at = t:now() }
    for _ = 1, 3 do restart(t) end
    t:equal(#t.programs_run, 1)
    t:equal(t.programs_run[1].argv[2], "film")
end)

test("what was finished before the script was there is left alone", function(t)
    t:program(program)
    t:torrent { finished_at = t:now() - 60 }
    for _ = 1, 3 do restart(t) end
    t:equal(#t.programs_run, 0)
end)

test("a program that did not come to its end runs again at the next start, one that failed does not", function(t)
    restart(t)
    local torrent = t:torrent { name = "film", finished_at = t:now() }
    t:emit("torrent.finished", torrent)
    t:check(t:logged("for film:"))
    t:program(program, { code = 3 })
    for _ = 1, 3 do restart(t) end
    t:equal(#t.programs_run, 2)
end)

test("what was moved while nobody looked is handled, and not before it is moved", function(t)
    t:program(program)
    local moved = { event = "torrent.moved" }
    restart(t, moved)
    local torrent = t:torrent { name = "film", folder = "/srv/in", finished_at = t:now() }
    t:emit("torrent.finished", torrent)
    restart(t, moved)
    t:equal(#t.programs_run, 0)
    torrent.folder = "/srv/media"
    for _ = 1, 3 do restart(t, moved) end
    t:equal(#t.programs_run, 1)
    t:equal(t.programs_run[1].argv[3], "/srv/media")
end)
