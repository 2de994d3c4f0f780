"""What all clients share: a process on a host, its log, and an end."""

import os
import signal
import subprocess
import time


class Failure(Exception):
    """A case failed, in words for the report."""


class Deadline:
    def __init__(self, seconds):
        self._end = time.monotonic() + seconds

    @property
    def left(self):
        return max(0.0, self._end - time.monotonic())

    def until(self, condition, what):
        """Waits for `condition`, which may raise OSError while a client is starting."""
        while True:
            try:
                if condition():
                    return
            except OSError:
                pass
            if not self.left:
                raise Failure(f"time is up waiting for {what}")
            time.sleep(0.1)


class Client:
    """Subclasses: `seed` and `fetch` start the program, `wait_fetched` returns when everything is there."""

    name = ""
    creates_empty_files = True
    speaks_lsd = False  # tells the local network what it has (BEP 14)
    speaks_pex = False  # tells peers of each other (BEP 11), where that can be switched off
    dht_nodes = None  # where its part of the DHT begins, maybe nowhere; None: it takes no part
    running = set()  # every process of every client, for a signal to end

    def __init__(self, host, folder, log):
        self.host = host
        self.folder = folder  # scratch, its own
        self.log = log
        self.process = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def endpoint(self):
        return f"{self.host.address}:{self.port}"

    def start(self, *arguments, terminal=None):
        """On a terminal, if one is given, instead of in the log."""
        # Without a HOME of ours a client would read the settings of whoever runs the tests.
        environment = {**os.environ, "HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        with open(self.log, "ab") as log:
            log.write(f"$ {' '.join(map(str, arguments))}\n".encode())
            log.flush()
            self.process = subprocess.Popen(
                self.host.command([str(argument) for argument in arguments]),
                stdin=subprocess.DEVNULL if terminal is None else terminal,
                stdout=log if terminal is None else terminal,
                stderr=log if terminal is None else terminal,
                env=environment,
            )
        Client.running.add(self.process)

    def wait_exit(self, deadline, expected=0):
        try:
            code = self.process.wait(deadline.left)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} has not finished in time") from None
        if code != expected:
            raise Failure(f"{self.name} ended with exit code {code}, not {expected}")

    def wait_fetched(self, deadline):
        self.wait_exit(deadline)

    def has_said(self, text):
        return text in self.log.read_text(errors="replace")

    def check_alive(self):
        if self.process and self.process.poll() is not None:
            raise Failure(f"{self.name} ended by itself with exit code {self.process.returncode}")

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        Client.running.discard(self.process)
