"""Shoal's tracker plug-ins by themselves: one announce or one scrape."""

import subprocess

from client import Client, Failure
from shoal import BUILD

BINARY = BUILD / "tests" / "shoal_tracker_probe"


class TrackerProbe(Client):
    name = "tracker probe"

    def announce(self, url, info_hash, port, left, event="started"):
        """(seeders, leechers, peers) as the tracker tells."""
        said = self._ask("announce", url, info_hash.hex(), port, left, event)
        peers = [value for name, value in said if name == "peer"]
        numbers = dict(said)
        return int(numbers["complete"]), int(numbers["incomplete"]), peers

    def scrape(self, url, *info_hashes):
        """(seeders, downloads, leechers) of each."""
        said = self._ask("scrape", url, *(info_hash.hex() for info_hash in info_hashes))
        rows = [value.split() for name, value in said if name == "torrent"]
        return {bytes.fromhex(row[0]): tuple(map(int, row[1:])) for row in rows}

    def refusal(self, url, info_hash):
        return dict(self._run("announce", url, info_hash.hex(), 1000, 1, "started")[1]).get("failure")

    def _ask(self, *arguments):
        code, said = self._run(*arguments)
        if code != 0:
            raise Failure(f"{' '.join(map(str, arguments))}: {said}")
        return said

    def _run(self, *arguments):
        command = self.host.command([str(argument) for argument in (BINARY, *arguments)])
        done = subprocess.run(command, capture_output=True, text=True, timeout=40)
        with open(self.log, "a") as log:
            log.write(f"$ {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        return done.returncode, [line.split(" ", 1) for line in done.stdout.splitlines()]
