-- Waits a day for the best release of each film that is on the list, and takes what costs no ratio alone. With a year it is that film and
-- no other of its name. Put the address of your indexer here, and the names of your films.
shoal.rss.feed { name = "films", url = "https://feeds.example.org/films.xml" }

shoal.rules.rule {
    name = "films", feeds = { "films" },
    movie = { "The Quiet Harbour 2021", "Lamps" },
    quality = "1080p+ webdl+", size = "<20GB", or_unknown = { "size" },
    freeleech = true, prefer = { "2160p", "1080p bluray" }, wait = "1d",
    seen = { by = "movie" },
    add = { label = "films", ratio = 1.0, pickers = { "sequential", "endgame" } },
}
