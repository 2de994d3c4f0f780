local function stuck(t) return t:torrent { name = "film", state = "downloading", progress = 0.4, stall = "no peers yet" } end

test("asks for peers twice, starts it anew, then says so and labels it, once", function(t)
    t:script "stalled_doctor.lua"
    local torrent = stuck(t)
    t:wait(2 * 900)
    t:equal(#t:calls_of("torrents.reannounce"), 2)
    t:wait(900)
    t:equal(#t:calls_of("torrents.stop"), 1)
    t:equal(#t:calls_of("torrents.start"), 1)
    t:wait(900)
    t:equal(torrent.label, "stuck")
    t:check(t:logged("film does not move: no peers yet"))
    t:wait(10 * 900)
    t:equal(#t:calls_of("torrents.set"), 1)
    t:equal(#t:calls_of("torrents.reannounce"), 2)
end)

test("one that moves meanwhile begins from the start", function(t)
    t:script "stalled_doctor.lua"
    local torrent = stuck(t)
    t:wait(2 * 900)
    torrent.stall = nil
    t:wait(900)
    torrent.stall = "no peers"
    t:wait(900)
    t:equal(#t:calls_of("torrents.reannounce"), 3)
    t:equal(#t:calls_of("torrents.stop"), 0)
end)

test("seeds and what moves are left alone", function(t)
    t:script "stalled_doctor.lua"
    t:torrent {}
    t:torrent { state = "downloading", progress = 0.5 }
    t:wait(10 * 900)
    t:equal(#t:calls_of("torrents.reannounce"), 0)
end)
