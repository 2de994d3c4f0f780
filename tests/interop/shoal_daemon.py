"""`shoal daemon`, asked over its socket."""

import json
import os
import socket
import tempfile
from pathlib import Path

from client import Client, Failure
from shoal import BINARY


class Refused(Exception):
    """The daemon answered with an error."""


class ShoalDaemon(Client):
    name = "shoal daemon"

    def run(self, *options):
        """Again after its end as well: what it keeps is in its folder."""
        self.port = self.host.port(6881)
        self.socket = Path(tempfile.gettempdir(), f"shoal-interop-{os.getpid()}-{self.port}-{id(self):x}")  # 107 octets at most
        settings = [f"listen={self.endpoint}", f"folders.state={self.folder / 'state'}", f"folders.download={self.target}",
                    "discoveries=", *options]
        self.start(BINARY, "daemon", "-v", "--socket", self.socket, *[w for s in settings for w in ("--set", s)])

    def wait_ready(self, deadline):
        deadline.until(lambda: self.check_alive() or self.call("session.stats"), "the daemon to answer")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self, deadline):
        self.process.terminate()
        self.wait_exit(deadline)

    def stop(self):
        super().stop()
        for left in (self.socket, Path(f"{self.socket}.lock")):
            left.unlink(missing_ok=True)

    def send(self, method, **arguments):
        """Nobody waits for the answer: the connection, to be closed by the caller."""
        asked = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        asked.settimeout(30)
        asked.connect(str(self.socket))
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": arguments}
        asked.sendall(json.dumps(request, default=str).encode() + b"\n")
        return asked

    def call(self, method, **arguments):
        with self.send(method, **arguments) as asked, asked.makefile("rb") as answers:
            line = answers.readline()
        if not line:
            raise OSError("the daemon hung up")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"]["message"])
        return answer["result"]

    def add(self, torrent, **arguments):
        self.hash = self.call("torrents.add", source=torrent, **arguments)
        return self.hash

    def show(self):
        return self.call("torrents.show", torrent=self.hash)

    def until_state(self, state, deadline):
        def is_there():
            self.check_alive()
            shown = self.show()
            if shown["state"] == "failed":
                raise Failure(f"the daemon's torrent failed: {shown['error']}")
            return shown["state"] == state

        deadline.until(is_there, f"the daemon's torrent to be {state}")
