"""Shoal itself, through its command line."""

import signal
import subprocess
from pathlib import Path

from client import Client, Failure

BINARY = Path(__file__).resolve().parents[2] / "build" / "shoal"


class Shoal(Client):
    name = "shoal"

    def fetch(self, torrent, folder, *options):
        self.port = self.host.port(6881)
        get = [BINARY, "get", torrent, "-o", folder, "--exit", "--json"]
        self.start(*get, "--listen", self.endpoint, *options)

    def seed(self, torrent, folder):
        self.port = self.host.port(6881)
        self.start(BINARY, "seed", torrent, "--data", folder, "--listen", self.endpoint)

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
