-- Follows two series: the best release of each episode that shows up within two hours of the first, 1080p if there is one, and a proper
-- afterwards. Put the address of your feed here, and the names of your series.
shoal.rss.feed { name = "daily", url = "https://feeds.example.org/tv.xml" }

local function series(name, more)
    local rule = {
        name = name, feeds = { "daily" }, series = name,
        quality = "720p-1080p hdtv+", reject = { "/\\b(cam|hardsub)\\b/" },
        size = "<4GB", or_unknown = { "size" },
        prefer = { "1080p webdl", "1080p", "720p webdl" }, wait = "2h",
        propers = "3d", seen = { by = "episode" },
        add = { label = "tv", ratio = 1.5, seed_time = "14d" },
    }
    for key, value in pairs(more or {}) do rule[key] = value end
    shoal.rules.rule(rule)
end

series("Field Notes")
series("The Quiet Harbour", { episodes = "s02e03-" })
