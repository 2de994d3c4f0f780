"""The clients of the interop tests, told to be quiet, and the floor in the same clothes."""

import subprocess
from pathlib import Path

from aria2 import Aria2
from client import Client
from libtorrent_peer import LibtorrentPeer
from shoal import BINARY, Shoal

FLOOR = BINARY.parent / "tests" / "shoal_bench_floor"
FILE = "payload.bin"


class Floor(Client):
    name = "floor"

    def fetch(self, torrent, folder):
        self.start(FLOOR, "receive", self.peer, folder / FILE)

    def seed(self, torrent, folder):
        self.port = self.host.port(6881)
        self.start(FLOOR, "send", self.endpoint, folder / FILE)


class QuietAria2(Aria2):
    verbosity = ("--quiet",)


class QuietLibtorrent(LibtorrentPeer):
    verbosity = ("--quiet",)


CONTESTANTS = {"shoal": Shoal, "libtorrent": QuietLibtorrent, "aria2": QuietAria2}


def version(name):
    """As the table shows it."""
    if name == "libtorrent":
        import libtorrent

        return f"libtorrent {libtorrent.__version__}"
    if name == "aria2":
        first = subprocess.run(["aria2c", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
        return f"aria2 {first.split()[-1]}"
    return name
