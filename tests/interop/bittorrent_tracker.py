"""The npm package bittorrent-tracker, one version of it with all that it needs: as tracker and as client."""

import re
import shutil
import subprocess
from pathlib import Path

from client import Client, Failure
from opentracker import Tracker
from shoal import BUILD

NAME = "bittorrent-tracker"
LOCKED = Path(__file__).resolve().parent / "npm" / NAME  # with the hashes of everything
FOLDER = BUILD / "interop" / NAME
PACKAGE = FOLDER / "node_modules" / NAME
SCRIPT = Path(__file__).with_name("bittorrent_tracker_client.mjs")


def install():
    """Through npm, unless it is there already. Needs the outside world."""
    if _is_current():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copyfile(LOCKED / file, FOLDER / file)
    command = ["npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(f"npm cannot be run: {error}") from error
    if done.returncode != 0:
        raise Failure(f"npm ci for {NAME}: {done.stderr.strip()}")
    (FOLDER / "installed").write_bytes(_lock(LOCKED))


def missing():
    """Why it cannot be used, or nothing."""
    return None if _is_current() else f"the npm package {NAME} could not be installed"


def _is_current():
    return (FOLDER / "installed").exists() and (FOLDER / "installed").read_bytes() == _lock(LOCKED)


def _lock(folder):
    return (folder / "package-lock.json").read_bytes()


class BittorrentTracker(Tracker):
    name = NAME

    def serve(self, _):
        self.port = self.host.port(6969)
        hosts = [f"--{kind}-hostname={self.host.address}" for kind in ("http", "udp")]
        hosts.append("--udp6-hostname=::1")
        self.start("node", PACKAGE / "bin" / "cmd.js", "--http", "--udp", f"--port={self.port}", *hosts)


class BittorrentTrackerClient(Client):
    name = f"{NAME} client"

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
        command = self.host.command(["node", str(SCRIPT), str(PACKAGE), *map(str, arguments)])
        done = subprocess.run(command, capture_output=True, text=True, timeout=40)
        with open(self.log, "a") as log:
            log.write(f"$ {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        if done.returncode != 0:
            raise Failure(f"{self.name} {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        return done.stdout
