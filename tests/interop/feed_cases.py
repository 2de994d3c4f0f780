"""Feeds from a web server, and an indexer that is searched."""

import torrents
from cases import Case
from client import Client
from daemon_cases import daemon_of
from shoal import BINARY
from shoal_daemon import ShoalDaemon
from source_cases import served
from tracker_cases import require


def reads(swarm):
    _, _, web = served(swarm)
    daemon = daemon_of(swarm)
    daemon.call("feeds.add", url=web.url("feed"), name="mine", cookies="uid=7")
    swarm.deadline.until(lambda: daemon.check_alive() or daemon.call("feeds.items", feed="mine"), "the feed to be read")
    require("the second reading", daemon.call("feeds.refresh", feed="mine"), [{"feed": "mine", "items": 1, "new": 0}])
    swarm.deadline.until(lambda: web.has_said('"GET /feed HTTP/1.1" 304'), "the feed to be asked whether it has changed")
    (item,) = daemon.call("feeds.items", feed="mine")
    require("the item", (item["title"], item["url"]), ("listed", web.url("x.torrent")))
    (body,) = daemon.call("feeds.bodies", feed="mine")
    require("that the body is kept", "<title>listed</title>" in body["body"], True)


def searches(swarm):
    payload, seeder, web = served(swarm)
    daemon = daemon_of(swarm)
    daemon.call("feeds.add", url=web.url("torznab/api?apikey=k3y"), name="indexer")
    search = swarm.client(Client, "search")
    search.name = "shoal search"
    search.start(BINARY, "search", "anything", "--add", "1", "--socket", daemon.socket)
    search.wait_exit(swarm.deadline)
    require("that it shows what was found", search.has_said("found") and search.has_said("indexer"), True)
    daemon.hash = torrents.info_hash(payload.torrent).hex()
    daemon.call("torrents.connect", torrent=daemon.hash, peers=[seeder.endpoint])
    daemon.until_state("seeding", swarm.deadline)


PEEKING = """
shoal.rss.feed {{ name = "served", url = "{url}", cookies = "uid=7" }}
shoal.rules.rule {{
    name = "{name}", feeds = {{ "served" }}, match = "listed", peek = true, files = "{files}", seen = {{ scope = "rule" }},
    where = function(item) return item.size > 0 and #item.files > 1, #item.files .. " files" end,
    add = {{ label = "tv", ratio = 3.5 }},
}}
"""


def peeks(swarm):
    """The first rule looks into the torrent and does not want it; the next one does, and adds what was fetched for the look."""
    payload, seeder, web = served(swarm)
    daemon = swarm.with_target(ShoalDaemon, "daemon")
    rule = daemon.folder / "scripts" / "rule.lua"
    rule.parent.mkdir(parents=True)
    rule.write_text(PEEKING.format(url=web.url("feed"), name="other", files="*.nothing-like-it"))
    daemon.run(f"folders.scripts={rule.parent}")
    daemon.wait_ready(swarm.deadline)
    swarm.deadline.until(lambda: daemon.check_alive() or decided(daemon, "rejected"), "the look to come to something")
    require("why it is not wanted", decided(daemon, "rejected")[0]["why"].startswith("files: got none of its"), True)
    require("the torrents", daemon.call("torrents.list"), [])
    require("that nothing is written", any(daemon.target.rglob("*")), False)
    rule.write_text(PEEKING.format(url=web.url("feed"), name="wanted", files="*"))
    swarm.deadline.until(lambda: daemon.check_alive() or decided(daemon, "added"), "the torrent to be added")
    (torrent,) = daemon.call("torrents.list")
    require("what it has of its own", (torrent["label"], torrent["limits"]["ratio"]), ("tv", 3.5))
    daemon.hash = torrents.info_hash(payload.torrent).hex()
    daemon.call("torrents.connect", torrent=daemon.hash, peers=[seeder.endpoint])
    daemon.until_state("seeding", swarm.deadline)


def decided(daemon, state):
    return [one for one in daemon.call("rules.decisions") if one["state"] == state]


def peeks_by_link(swarm):
    """Metadata comes from libtorrent; nothing is listed, and the link is added with what was fetched."""
    payload = swarm.payloads["multi"]
    seeder = swarm.seeder("libtorrent", swarm.write_torrent(payload.torrent), payload)
    daemon = daemon_of(swarm)
    link = swarm.magnet(payload, f"x.pe={seeder.endpoint}")
    peeked = daemon.call("torrents.peek", source=link)
    daemon.hash = torrents.info_hash(payload.torrent).hex()
    require("whose metadata it is", (peeked["torrent"], peeked["is_here"], len(peeked["files"]) > 1), (daemon.hash, False, True))
    require("the torrents", daemon.call("torrents.list"), [])
    daemon.call("torrents.add", source=link)
    daemon.until_state("seeding", swarm.deadline)


def suite():
    return [
        Case("a rule looks into a torrent before it is added, and takes what it wants", peeks, ()),
        Case("a link is looked into with libtorrent's help, and added", peeks_by_link, ("libtorrent",)),
        Case("a daemon reads a feed that wants a cookie, and asks whether it has changed", reads, ()),
        Case("what an indexer finds is added by its number", searches, ()),
    ]
