local function stuck(t)
    local torrent = t:torrent { name = "film", state = "downloading", progress = 0.4, stall = "no peers yet" }
    t:emit("torrent.stalled", torrent, { seconds = 300, why = torrent.stall })
    return torrent
end

test("asks for peers twice, starts it anew, then says so and labels it, once", function(t)
    t:script "stalled_doctor.lua"
    local torrent = stuck(t)
    t:equal(#t:calls_of("torrents.reannounce"), 1)
    t:wait(900)
    t:equal(#t:calls_of("torrents.reannounce"), 2)
    t:wait(900)
    t:equal(#t:calls_of("torrents.stop"), 1)
    t:equal(#t:calls_of("torrents.start"), 1)
    t:emit("torrent.stalled", torrent, { seconds = 300, why = torrent.stall }) -- it was started, and stalls again
    t:wait(900)
    t:equal(torrent.label, "stuck")
    t:check(t:logged("film does not move: no peers yet"))
    t:emit("torrent.stalled", torrent, { seconds = 300, why = torrent.stall })
    t:wait(10 * 900)
    t:equal(#t:calls_of("torrents.set"), 1)
    t:equal(#t:calls_of("torrents.reannounce"), 2)
end)

test("one that moves meanwhile begins from the start", function(t)
    t:script "stalled_doctor.lua"
    local torrent = stuck(t)
    t:wait(900)
    torrent.stall = nil
    t:emit("torrent.recovered", torrent, { seconds = 1200 })
    t:wait(10 * 900)
    t:equal(#t:calls_of("torrents.reannounce"), 2)
    torrent.stall = "no peers"
    t:emit("torrent.stalled", torrent, { seconds = 300, why = torrent.stall })
    t:equal(#t:calls_of("torrents.reannounce"), 3)
    t:equal(#t:calls_of("torrents.stop"), 0)
end)

test("one that is stopped or removed meanwhile is left alone", function(t)
    t:script "stalled_doctor.lua"
    local torrent = stuck(t)
    torrent.state = "stopped"
    local removed = stuck(t)
    t.torrents[2] = nil
    t:emit("torrent.removed", removed)
    t:wait(10 * 900)
    t:equal(#t:calls_of("torrents.reannounce"), 2)
    t:equal(#t:calls_of("torrents.stop"), 0)
end)

test("those that had stalled before it was there are found, once", function(t)
    t:torrent { state = "downloading", progress = 0.4, stall = "no peers yet" }
    t:script "stalled_doctor.lua"
    t:wait(10 * 900)
    t:equal(#t:calls_of("torrents.list"), 1)
    t:equal(#t:calls_of("torrents.reannounce"), 2)
    t:equal(#t:calls_of("torrents.stop"), 1)
end)

test("seeds and what moves are left alone", function(t)
    t:script "stalled_doctor.lua"
    t:torrent {}
    t:torrent { state = "downloading", progress = 0.5 }
    t:wait(10 * 900)
    t:equal(#t:calls_of("torrents.reannounce"), 0)
end)
