-- Seeds every new image of a distribution, at most two a day: installation images for amd64, and no nightly ones.
shoal.rss.feed { name = "images", url = "https://images.example.org/torrents.rss", every = 3600 }

shoal.rules.rule {
    name = "images", feeds = { "images" },
    match = { "exampleos amd64 netinst", "/^exampleos-\\d+(\\.\\d+)*-amd64-dvd-1/" },
    reject = { "nightly", "beta*", "rc?" },
    size = ">100MB", or_unknown = { "size" },
    seen = { by = "title" }, limit = { n = 2, per = "day" },
    add = { label = "images", seed_time = "30d" },
}
