"""Feeds from a web server, and an indexer that is searched."""

import torrents
from cases import Case
from client import Client
from daemon_cases import daemon_of
from shoal import BINARY
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


def suite():
    return [
        Case("a daemon reads a feed that wants a cookie, and asks whether it has changed", reads, ()),
        Case("what an indexer finds is added by its number", searches, ()),
    ]
