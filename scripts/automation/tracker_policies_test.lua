local function tracked(t, host)
    return t:torrent { name = "film", trackers = { { url = "https://" .. host .. ":443/key/announce", tier = 0 } } }
end

test("a torrent gets the limits of its tracker", function(t)
    t:script "tracker_policies.lua"
    local torrent = tracked(t, "tracker.example.org")
    t:emit("torrent.added", torrent)
    t:equal(torrent.limits, { ratio = 2, seed_time = 30 * 24 * 3600 })
    local open = tracked(t, "open.example.net")
    t:emit("torrent.added", open)
    t:equal(open.limits, { ratio = 1 })
    local other = tracked(t, "elsewhere.example")
    t:emit("torrent.added", other)
    t:check(not other.limits)
end)

test("what has to be seeded longer cannot be removed", function(t)
    t:script "tracker_policies.lua"
    local torrent = tracked(t, "tracker.example.org")
    t:emit("torrent.added", torrent)
    torrent.finished_at = t:now()
    t:wait(24 * 3600)
    local allowed, why = t:ask("remove", torrent)
    t:equal(allowed, false)
    t:equal(why, "tracker.example.org wants 3 days of seeding, 2.0 are left")
    t:wait(2 * 24 * 3600 + 1)
    t:equal(t:ask("remove", torrent), true)
end)

test("what has no policy, or is not complete, can be removed", function(t)
    t:script "tracker_policies.lua"
    t:equal(t:ask("remove", tracked(t, "elsewhere.example")), true)
    local torrent = tracked(t, "tracker.example.org")
    t:emit("torrent.added", torrent)
    t:equal(t:ask("remove", torrent), true)
end)
