"""The npm package bittorrent-tracker: as tracker and as client."""

import re
import subprocess
from pathlib import Path

from client import Client, Failure
from npm_package import NpmPackage
from opentracker import Tracker

PACKAGE = NpmPackage("bittorrent-tracker")
SCRIPT = Path(__file__).with_name("bittorrent_tracker_client.mjs")


class BittorrentTracker(Tracker):
    name = PACKAGE.name

    def serve(self, _):
        self.port = self.host.port(6969)
        hosts = [f"--{kind}-hostname={self.host.address}" for kind in ("http", "udp")]
        hosts.append("--udp6-hostname=::1")
        self.start("node", PACKAGE.folder / "bin" / "cmd.js", "--http", "--udp", f"--port={self.port}", *hosts)


class BittorrentTrackerClient(Client):
    name = f"{PACKAGE.name} client"

    def announce(self, url, info_hash, port, left):
        """(seeders, leechers, peers) as the tracker tells."""
        said = self._ask("announce", url, info_hash.hex(), port, left)
        peers = re.findall(r"^peer (.*)$", said, re.MULTILINE)
        complete, incomplete = re.search(r"^update (\d+) (\d+)$", said, re.MULTILINE).groups()
        return int(complete), int(incomplete), peers

    def scrape(self, url, info_hash):
        """(seeders, downloads, leechers)."""
        found = re.search(r"^scrape (\d+) (\d+) (\d+)$", self._ask("scrape", url, info_hash.hex()), re.MULTILINE)
        return tuple(map(int, found.groups()))

    def _ask(self, *arguments):
        command = self.host.command(["node", str(SCRIPT), str(PACKAGE.folder), *map(str, arguments)])
        done = subprocess.run(command, capture_output=True, text=True, timeout=40)
        with open(self.log, "a") as log:
            log.write(f"$ {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        if done.returncode != 0:
            raise Failure(f"{self.name} {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return done.stdout
