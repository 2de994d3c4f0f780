"""From a feed to a message, with nobody at the keyboard: a rule takes an item, its torrent is fetched, moved and reported. The same with a
daemon that is killed between any two of these steps."""

import time
from pathlib import Path

from cases import CLIENTS, Case
from client import Failure
from daemon_cases import LOST_AT_MOST
from shoal import BINARY
from shoal_daemon import Refused, ShoalDaemon
from source_cases import answers
from tracker_cases import require
from web_server import WebServer

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts" / "automation"
STAGES = ("read", "added", "fetching", "finished", "moved")
RULE = """
shoal.rss.feed {{ name = "served", url = "{url}", cookies = "uid=7" }}
shoal.rules.rule {{ name = "listed", feeds = {{ "served" }}, match = "listed", add = {{ label = "tv" }} }}
"""


class Way:
    """A web server with a feed, and a daemon with a rule and two of the scripts that come with it."""

    def __init__(self, swarm, torrent):
        self.swarm = swarm
        self.web = swarm.client(WebServer, "web")
        self.web.serve(torrent, "magnet:?")
        swarm.deadline.until(lambda: self.web.check_alive() or answers(self.web), "the web server to answer")
        self.daemon = swarm.with_target(ShoalDaemon, "daemon")
        self.destination = self.daemon.folder / "tv"
        self.write_scripts(self.daemon.folder / "scripts")
        self.begin()

    def write_scripts(self, folder):
        (folder / "opts").mkdir(parents=True)
        (folder / "rule.lua").write_text(RULE.format(url=self.web.url("feed")))
        move = (SCRIPTS / "move_on_completion.lua").read_text()
        (folder / "move_on_completion.lua").write_text(move.replace("/srv/media/tv", str(self.destination)))
        notify = (SCRIPTS / "notify_by_webhook.lua").read_text()
        (folder / "notify_by_webhook.lua").write_text(notify.replace("http(hooks.example.org)", f"http({self.web.endpoint})"))
        (folder / "opts" / "notify_by_webhook.conf").write_text(f"url = {self.web.url('hook')}\n")
        self.options = (f"folders.scripts={folder}", "rates.down=2M")

    def begin(self):
        self.daemon.run(*self.options)
        self.daemon.wait_ready(self.swarm.deadline)

    def torrent(self):
        all_there_are = self.daemon.call("torrents.list")
        require("how many torrents there are", len(all_there_are) <= 1, True)
        return all_there_are[0] if all_there_are else None

    def has_reached(self, stage):
        self.daemon.check_alive()
        try:
            if stage == "read":
                return bool(self.daemon.call("feeds.items", feed="served"))
            torrent = self.torrent()
        except (OSError, Refused):
            return False
        if torrent is None or stage == "added":
            return torrent is not None
        if torrent["state"] == "failed":
            raise Failure(f"the torrent failed: {torrent['error']}")
        if stage == "fetching":
            return torrent["progress"] > 0.2
        if stage == "finished":
            return torrent["finished_at"] > 0
        return torrent["folder"] == str(self.destination) and torrent["state"] == "seeding"

    def until(self, stage):
        self.swarm.deadline.until(lambda: self.has_reached(stage), f"the torrent to be {stage}")

    def until_told(self, payload):
        told = f'"text":"{payload.name} is complete"'
        self.swarm.deadline.until(lambda: self.daemon.check_alive() or self.web.has_said(told), "the message that it is complete")

    def check(self, payload):
        if payload.digests(self.destination) != payload.digests():
            raise Failure("what was moved is not what the feed had")


def goes_all_the_way(swarm):
    payload = swarm.payloads["multi"]
    torrent = swarm.announce(payload)
    swarm.seeder("libtorrent", torrent, payload)
    swarm.until_seeders(1)
    way = Way(swarm, torrent)
    way.until("moved")
    way.until_told(payload)
    way.check(payload)


def goes_on_when_killed(swarm):
    payload = swarm.payloads["multi"]
    torrent = swarm.announce(payload)
    seeder = swarm.client(CLIENTS["shoal"], "shoal-seeds")
    seeder.port = seeder.host.port(6881)
    seeder.start(BINARY, "seed", torrent, "--data", payload.folder, "--listen", seeder.endpoint, "--json", *seeder.discovery())
    swarm.until_seeders(1)
    way = Way(swarm, torrent)
    for stage in STAGES:
        way.until(stage)
        way.daemon.kill()
        way.begin()
    way.until("moved")
    way.until_told(payload)
    way.check(payload)
    time.sleep(1.5)  # it tells once a second
    served = seeder.records("status")[-1]["uploaded"]
    size = sum(file.stat().st_size for file in (payload.folder / payload.name).rglob("*") if file.is_file())
    if served > size + len(STAGES) * LOST_AT_MOST * 8:  # pieces of 128 KiB
        raise Failure(f"{served} octets were fetched of {size}")


def suite():
    return [
        Case("a rule takes what a feed lists, it is fetched from libtorrent, moved and reported", goes_all_the_way, ("opentracker", "libtorrent")),
        Case("the same with a daemon that is killed after every step", goes_on_when_killed, ("opentracker",), 180),
    ]
