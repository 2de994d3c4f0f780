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
