test("stops at a ratio, by label", function(t)
    t:script "stop_after_ratio.lua"
    local enough = t:torrent { label = "tv", ratio = 1.5 }
    local less = t:torrent { label = "tv", ratio = 1.4 }
    local other = t:torrent { label = "linux", ratio = 9.0 }
    t:wait(600)
    t:equal(enough.state, "stopped")
    t:equal(less.state, "seeding")
    t:equal(other.state, "seeding")
end)

test("stops after days of seeding, which are counted on", function(t)
    t:script "stop_after_ratio.lua"
    local torrent = t:torrent { label = "tv", ratio = 0.1 }
    t:wait(14 * 24 * 3600 - 600)
    t:equal(torrent.state, "seeding")
    t:wait(600)
    t:equal(torrent.state, "stopped")
end)
