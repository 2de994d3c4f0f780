"""Shoal itself, through its command line."""

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
        """Cases share one network: nobody is found by chance."""
        if "--discovery" in options:
            return []
        return ["--discovery", "lsd" if self.speaks_lsd else "none"]

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
