local url = "https://hooks.example.org/shoal"

test("a finished torrent is told", function(t)
    t:page(url, { status = 204 })
    t:script "notify_by_webhook.lua"
    local torrent = t:torrent { name = "film", label = "tv" }
    t:emit("torrent.finished", torrent)
    t:equal(#t.requests, 1)
    t:equal(t.requests[1].method, "POST")
    t:equal(t.requests[1].url, url)
    t:check(t.requests[1].body:find('"text":"film is complete"', 1, true))
    t:check(t.requests[1].body:find(torrent.hash, 1, true))
end)

test("a server that is away is tried again, and at last given up", function(t)
    local answers = 0
    t:page(url, function()
        answers = answers + 1
        return { status = answers < 3 and 503 or 200 }
    end)
    t:script "notify_by_webhook.lua"
    t:emit("torrent.finished", t:torrent { name = "film" })
    t:equal(#t.requests, 1)
    t:wait(60)
    t:equal(#t.requests, 2)
    t:wait(240)
    t:equal(#t.requests, 3)
    t:wait(24 * 3600)
    t:equal(#t.requests, 3)
    t:check(t:logged("it answers 503"))
end)

test("a disk that is low is told, and it is no torrent", function(t)
    t:page(url, {})
    t:script("notify_by_webhook.lua", { label = "tv" })
    t:emit("disk.low", { folder = "/srv", free = 1000, size = 10 })
    t:check(t.requests[1].body:find('"text":"a disk is low"', 1, true))
    t:emit("torrent.finished", t:torrent { label = "linux" })
    t:equal(#t.requests, 1)
end)

test("what was finished while the daemon was away is told when it is back, once", function(t)
    t:page(url, {})
    t:script "notify_by_webhook.lua"
    t:wait(10)
    t:torrent { name = "film", finished_at = t:now() }
    for _ = 1, 3 do
        t:script "notify_by_webhook.lua"
        t:wait(10)
    end
    t:equal(#t.requests, 1)
    t:check(t.requests[1].body:find('"text":"film is complete"', 1, true))
end)
