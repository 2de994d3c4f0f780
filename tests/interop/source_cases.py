"""What a torrent may be named by besides a file: a web address, one that leads on to a magnet link, an info-hash."""

import urllib.request

import torrents
from cases import CLIENTS, Case
from client import Client
from daemon_cases import daemon_of
from shoal import BINARY
from shoal_daemon import Refused
from tracker_cases import require
from web_server import WebServer


def served(swarm):
    """A seeder that nobody is told of, and a web server with its torrent."""
    payload = swarm.payloads["multi"]
    torrent = swarm.write_torrent(payload.torrent)
    seeder = swarm.seeder("shoal", torrent, payload)
    web = swarm.client(WebServer, "web")
    web.serve(torrent, swarm.magnet(payload, f"x.pe={seeder.endpoint}"))
    swarm.deadline.until(lambda: web.check_alive() or web.has_said("$") and answers(web), "the web server to answer")
    return payload, seeder, web


def answers(web):
    with urllib.request.urlopen(web.url("x.torrent"), timeout=5) as answer:
        return answer.status == 200


def gets(path):
    def run(swarm):
        payload, seeder, web = served(swarm)
        swarm.settle(swarm.fetcher("shoal", web.url(path), "--peer", seeder.endpoint), payload)

    return run


def gets_by_hash(swarm):
    payload, seeder, _ = served(swarm)
    swarm.settle(swarm.fetcher("shoal", torrents.info_hash(payload.torrent).hex(), "--peer", seeder.endpoint), payload)


def daemon_adds(swarm):
    payload, seeder, web = served(swarm)
    daemon = daemon_of(swarm)
    added = swarm.client(Client, "ctl")
    added.name = "shoal ctl"
    added.start(BINARY, "ctl", "add", web.url("short"), "--peer", seeder.endpoint, "--socket", daemon.socket)
    added.wait_exit(swarm.deadline)
    daemon.hash = torrents.info_hash(payload.torrent).hex()
    daemon.until_state("seeding", swarm.deadline)
    require("the torrent that was added", payload.digests(daemon.target), payload.digests())
    try:
        daemon.call("torrents.add", source=web.url("page"))
    except Refused as refused:
        require("that a page is refused in words", "sends a web page and no torrent" in str(refused), True)


def refuses(path, code, text):
    def run(swarm):
        _, _, web = served(swarm)
        client = swarm.with_target(CLIENTS["shoal"], "shoal-fetches")
        client.fetch(web.url(path), client.target)
        client.wait_exit(swarm.deadline, code)
        require(f"that shoal says '{text}'", client.has_said(text), True)

    return run


def refuses_to_seed_a_link(swarm):
    client = swarm.with_target(CLIENTS["shoal"], "shoal-seeds")
    client.seed(f"magnet:?xt=urn:btih:{'0' * 40}", client.target)
    client.wait_exit(swarm.deadline, 5)
    require("that shoal says why", client.has_said("to seed, the metadata must be here"), True)


def suite():
    return [
        Case("shoal gets the torrent at a web address", gets("x.torrent"), ()),
        Case("shoal follows a redirect to a torrent", gets("short"), ()),
        Case("shoal follows a redirect to a magnet link", gets("magnet"), ()),
        Case("shoal gets a torrent by its info-hash alone", gets_by_hash, ()),
        Case("a daemon is given a web address", daemon_adds, ()),
        Case("shoal says that a page is no torrent", refuses("page", 5, "sends a web page and no torrent"), ()),
        Case("shoal says that nothing is there", refuses("none", 1, "has nothing at this address (HTTP 404)"), ()),
        Case("shoal reads no file because a web server says so", refuses("file", 1, "is no web address"), ()),
        Case("shoal leaves a loop of redirects", refuses("loop", 5, "redirects, and so did those before it"), ()),
        Case("shoal stops at 32 MiB of a torrent", refuses("huge", 5, "longer than 33554432 bytes"), ()),
        Case("shoal does not seed a magnet link", refuses_to_seed_a_link, ()),
    ]
