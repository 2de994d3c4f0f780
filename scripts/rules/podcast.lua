-- The new episodes of a podcast, no older than a week when they are seen, and none of its trailers and repeats. What a rule cannot say in
-- data it says in a function.
shoal.rss.feed { name = "night-radio", url = "https://podcasts.example.org/night-radio.xml", every = 3600 }

shoal.rules.rule {
    name = "night-radio", feeds = { "night-radio" },
    match = "\"night radio\"", reject = "trailer",
    age = "<7d", seen = { by = "guid", scope = "rule" },
    where = function(item)
        if item.description:lower():find("repeat", 1, true) then return false, "a repeat" end
        return true, "new"
    end,
    add = { label = "podcasts" },
}
