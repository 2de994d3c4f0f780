"""Taking CPU time, memory and time of one process, and what the transfer needs around it."""

import contextlib
import http.server
import os
import queue
import socket
import subprocess
import threading
import time
import urllib.parse
from dataclasses import dataclass

import torrents
from client import Client, Failure
from contestants import FLOOR

GIB = 1 << 30
MIB = 1 << 20


@dataclass
class Measurement:
    size: int
    cpu_seconds: float
    seconds: float
    anonymous_bytes: int

    @property
    def cpu(self):
        return self.cpu_seconds * GIB / self.size

    @property
    def rate(self):
        return self.size / MIB / self.seconds

    @property
    def anonymous(self):
        return self.anonymous_bytes / MIB

    def __str__(self):
        return f"{self.cpu:.2f} CPU s/GiB, {self.rate:.0f} MiB/s, {self.anonymous:.1f} MiB anonymous"


class Meter:
    """Watches one running process from outside."""

    def __init__(self, process):
        self.process = process
        self.peak_anonymous = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def cpu(self):
        """User and system seconds of all its threads, by the clock that Linux keeps of each process."""
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def wait_exit(self, seconds):
        """Its CPU seconds from beginning to end. Raises Failure unless it ends well and in time."""
        timer = threading.Timer(seconds, self.process.kill)
        timer.start()
        _, status, usage = os.wait4(self.process.pid, 0)
        timer.cancel()
        self.stop()
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode != 0:
            raise Failure(f"it ended with exit code {self.process.returncode}")
        return usage.ru_utime + usage.ru_stime

    def stop(self):
        self._ended.set()
        self._thread.join()

    def _watch(self):
        while not self._ended.is_set():
            with contextlib.suppress(OSError), open(f"/proc/{self.process.pid}/status") as status:
                for line in status:
                    if line.startswith("RssAnon:"):
                        self.peak_anonymous = max(self.peak_anonymous, int(line.split()[1]) * 1024)
            self._ended.wait(0.05)


class Counterpart:
    """shoal_bench_floor as the other side of a transfer; its lines are the stopwatch."""

    def __init__(self, host, verb, *arguments, connect_to=None):
        self.endpoint = connect_to or f"{host.address}:{host.port(6882)}"
        command = [str(FLOOR), verb[0], self.endpoint, *verb[1:], *map(str, arguments)]
        self._process = subprocess.Popen(host.command(command), stdout=subprocess.PIPE, text=True)
        Client.running.add(self._process)
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put((line.strip(), time.monotonic()))
        self._lines.put((None, time.monotonic()))

    def wait(self, line, seconds, client):
        """When it printed `line`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                found, when = self._lines.get(timeout=0.5)
            except queue.Empty:
                if line == "started":
                    client.check_alive()
                continue
            if found is None:
                raise Failure(f"the other side ended before it was {line}")
            if found == line:
                return when
        raise Failure(f"time is up: the transfer has not {line}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        Client.running.discard(self._process)


class Reservoir:
    """Memory for the fetched file, held ready between transfers.

    A virtual machine gives memory that lies free back to its host, and getting it again costs the process
    that touches it up to twice the time of a whole transfer. So it is kept in use by a file, which shrinks
    only as the fetched one grows."""

    SLACK = 128 * MIB

    def __init__(self, path, size):
        self._path = path
        self._size = size
        self.fill()

    def fill(self):
        with open(self._path, "ab") as file:
            os.posix_fallocate(file.fileno(), 0, self._size)

    @contextlib.contextmanager
    def released_for(self, folder):
        ended = threading.Event()
        thread = threading.Thread(target=self._shrink, args=(folder, ended))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _shrink(self, folder, ended):
        while not ended.wait(0.01):
            needed = min(self._size, _on_disk(folder) + self.SLACK)
            os.truncate(self._path, self._size - needed)


def _on_disk(folder):
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += file.stat().st_blocks * 512
    return total


class Tracker:
    """Answers every announce with `peers`, and remembers who has everything."""

    def __init__(self, address):
        self.peers = []
        self._seeders = 0
        tracker = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query, encoding="latin-1")
                if query.get("left") == ["0"] and query.get("event") != ["stopped"]:
                    tracker._seeders += 1
                body = torrents.encode({"interval": 1800, "peers": tracker._compact()})
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((address, 0), Answer)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "http://{}:{}/announce".format(*self._server.server_address)

    def forget(self):
        self.peers, self._seeders = [], 0

    def has_seeder(self):
        return self._seeders > 0

    def _compact(self):
        pairs = (peer.rsplit(":", 1) for peer in self.peers)
        return b"".join(socket.inet_aton(host) + int(port).to_bytes(2, "big") for host, port in pairs)
