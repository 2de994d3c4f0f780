"""Shoal itself, through its command line."""

import json
import os
import pty
import select
import signal
import subprocess
from pathlib import Path

from client import Client, Failure
from opentracker import Tracker

BUILD = Path(__file__).resolve().parents[2] / "build"
BINARY = BUILD / "shoal"


class Shoal(Client):
    name = "shoal"

    def fetch(self, torrent, folder, *options):
        self.port = self.host.port(6881)
        get = [BINARY, "get", torrent, "-o", folder, "--exit", "--json"]
        self.start(*get, "--listen", self.endpoint, *self.discovery(options), *options)

    def discovery(self, options=()):
        """Cases share one network: nobody is found by chance, and nothing is known from before."""
        nothing_kept = ["--state", "none"]
        if "--discovery" in options:
            return nothing_kept
        plugins = ["lsd"] * self.speaks_lsd + ["dht"] * (self.dht_nodes is not None)
        return [*nothing_kept, "--discovery", ",".join(plugins) or "none", *self._dht_settings()]

    def _dht_settings(self):
        if self.dht_nodes is None:
            return []
        own = [f"dht.port={self.port}", f"dht.listen_v4={self.host.address}", "dht.listen_v6="]
        return [word for setting in [*own, f"dht.routers={','.join(self.dht_nodes)}"] for word in ("--set", setting)]

    def sources(self):
        """Where the peers came from that it was ever connected to, as its status records tell."""
        return {source for record in self.records("status") for source in record["sources"]}

    def records(self, event):
        lines = self.log.read_text(errors="replace").splitlines()
        records = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [record for record in records if record["event"] == event]

    def fetch_on_terminal(self, torrent, folder, *options):
        self.port = self.host.port(6881)
        self.screen, theirs = pty.openpty()
        self.shown = ""
        get = [BINARY, "get", torrent, "-o", folder, "--exit", "--listen", self.endpoint]
        self.start(*get, *self.discovery(options), *options, terminal=theirs)
        os.close(theirs)

    def press(self, key):
        """From now on it is what is shown next that counts."""
        self.shows("")
        self.shown = ""
        os.write(self.screen, key.encode())

    def shows(self, text):
        while select.select([self.screen], [], [], 0)[0]:
            try:
                octets = os.read(self.screen, 65536)
            except OSError:  # the other side has hung up
                break
            self.shown += octets.decode(errors="replace")
            with open(self.log, "ab") as log:
                log.write(octets)
        return text in self.shown

    def has_ended(self):
        self.shows("")  # or it waits for room on its screen
        return self.process.poll() is not None

    def demonstrate(self, folder, size):
        self.start("env", f"TMPDIR={folder}", BINARY, "demo", "--size", size)

    def seed(self, torrent, folder):
        self.port = self.host.port(6881)
        self.start(BINARY, "seed", torrent, "--data", folder, "--listen", self.endpoint, *self.discovery())

    def show_fetched(self, magnet, torrent, *options):
        """Runs to its end; what it printed."""
        self.port = self.host.port(6881)
        show = [BINARY, "show", magnet, "--fetch", "-o", torrent, "--listen", self.endpoint, "--json"]
        done = subprocess.run(
            self.host.command([str(word) for word in (*show, *self.discovery(options), *options)]),
            capture_output=True, text=True, timeout=60,
        )
        self.log.write_text(f"{done.stdout}{done.stderr}")
        if done.returncode != 0:
            raise Failure(f"shoal show --fetch ended with exit code {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def create(self, path, torrent, *options):
        """Runs to its end; what it printed."""
        done = subprocess.run(
            [BINARY, "create", path, "-o", torrent, *options], capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            raise Failure(f"shoal create ended with exit code {done.returncode}: {done.stderr}")
        return done.stdout

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)


class ShoalTracker(Tracker):
    name = "shoal tracker"

    def serve(self, _):
        self.port = self.host.port(6969)
        self.start(BINARY, "tracker", "--listen", self.endpoint)
