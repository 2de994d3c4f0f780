#!/usr/bin/python3
"""Clients in turn, each alone on one core, against the same neutral peer on another: a table of medians.

CPU seconds are those of the process under test, from the first request to the end (its exit, when fetching).
The rate is that on the wire. Anonymous memory is the highest RssAnon seen; libtorrent's contains a Python.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

import namespaces  # noqa: E402
import torrents  # noqa: E402
from client import Client, Deadline, Failure  # noqa: E402
from contestants import CONTESTANTS, Floor, version  # noqa: E402
from measure import Counterpart, Measurement, Meter, Reservoir, Tracker  # noqa: E402

FOLDER = HERE.parents[1] / "build" / "bench"
FILE = "payload.bin"
MIB = 1 << 20
SECONDS = 300  # for one transfer


class PinnedHost(namespaces.Host):
    """A host whose programs run on one core."""

    def __init__(self, host, core):
        super().__init__(host.address, host.namespace)
        self.core = core

    def command(self, arguments):
        return super().command(["taskset", "--cpu-list", str(self.core), *arguments])


def main():
    options = arguments()
    is_private = namespaces.enter()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    network = namespaces.Network(is_private)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("one core only: the client under test and its peer will share it", file=sys.stderr)
    folder = scratch(is_private, options.size)
    try:
        bench = Bench(network, folder, options.size * MIB, (cores[0], cores[-1]))
        bench.warm_up()
        for run in range(options.runs):
            for name in options.only:
                for direction in options.directions:
                    taken = bench.measure(name, direction)
                    print(f"run {run + 1}: {name} {direction}: {taken}", file=sys.stderr, flush=True)
        print(table(bench.taken, options))
    finally:
        for process in list(Client.running):
            process.kill()
        if not is_private:
            shutil.rmtree(folder, ignore_errors=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    names = ["floor", *CONTESTANTS]
    parser.add_argument("--size", type=int, default=2048, metavar="MIB", help="of the file (2048)")
    parser.add_argument("--runs", type=int, default=3, help="of which the medians are taken (3)")
    parser.add_argument("--only", default=",".join(names), metavar="NAME,...", help=f"of {', '.join(names)}")
    parser.add_argument("--directions", default="fetch,seed", help="fetch, seed or both (fetch,seed)")
    options = parser.parse_args()
    options.only, options.directions = options.only.split(","), options.directions.split(",")
    if unknown := set(options.only) - set(names) or set(options.directions) - {"fetch", "seed"}:
        parser.error(f"unknown: {', '.join(unknown)}")
    return options


def scratch(is_private, size):
    """A folder in memory: no disk is measured. In a mount namespace of ours it vanishes with us."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    available = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    if available < 2.5 * size * 1024:
        sys.exit(f"{size} MiB need {int(2.5 * size)} MiB of free memory: choose a smaller --size")
    if not is_private:
        return Path(tempfile.mkdtemp(prefix="shoal-bench-", dir="/dev/shm"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={3 * size}m", "none", str(FOLDER)], check=True)
    return FOLDER


class Bench:
    def __init__(self, network, folder, size, cores):
        self.folder = folder
        self.size = size
        self.here = PinnedHost(network.host(), cores[0])
        self.there = PinnedHost(network.host(), cores[1])
        self.tracker = Tracker(network.address)
        self.taken = {}
        self.reservoir = Reservoir(folder / "reservoir", size)
        (folder / "source").mkdir()
        self._make_torrent()

    def _make_torrent(self):
        noise, hashes = os.urandom(MIB), []
        with open(self.folder / "source" / FILE, "wb") as file:
            for number in range(self.size // MIB):
                piece = number.to_bytes(8, "big") + noise[8:]
                file.write(piece)
                hashes.append(torrents.sha1(piece))
        info = {"length": self.size, "name": FILE, "piece length": MIB, "pieces": b"".join(hashes)}
        self.torrent = self.folder / "payload.torrent"
        self.torrent.write_bytes(torrents.encode({"announce": self.tracker.url, "info": info}))
        self.info_hash = torrents.info_hash(self.torrent.read_bytes()).hex()

    def warm_up(self):
        """The first transfer touches memory that no later one has to, and would not compare."""
        self.measure("floor", "fetch")
        self.taken.clear()

    def measure(self, name, direction):
        own = self.folder / "client"
        own.mkdir()
        log = self.folder / "client.log"
        if name == "floor":
            client = Floor(self.here, own, log)
        else:
            client = CONTESTANTS[name](self.here, own, log)
        try:
            taken = (self.fetching if direction == "fetch" else self.seeding)(client)
        except Failure as failure:
            tail = log.read_text(errors="replace").splitlines()[-20:] if log.exists() else []
            raise SystemExit("\n".join([f"{name} {direction}: {failure}", *tail])) from failure
        finally:
            client.stop()
            shutil.rmtree(own)
            log.unlink(missing_ok=True)
            self.reservoir.fill()
        self.taken.setdefault((name, direction), []).append(taken)
        return taken

    def fetching(self, client):
        source, target = self.folder / "source" / FILE, client.folder / "fetched"
        target.mkdir()
        verb = ["send"] if isinstance(client, Floor) else ["seed", self.info_hash]
        with Counterpart(self.there, verb, source) as seeder, self.reservoir.released_for(target):
            self.tracker.peers = [seeder.endpoint]
            client.peer = seeder.endpoint
            client.fetch(self.torrent, target)
            meter = Meter(client.process)
            begin = seeder.wait("started", SECONDS, client)
            cpu = meter.cpu()
            end = seeder.wait("done", SECONDS, client)
            total = meter.wait_exit(SECONDS)
        if subprocess.run(["cmp", "--silent", source, target / FILE]).returncode != 0:
            raise Failure("what was fetched differs from the original")
        return Measurement(self.size, total - cpu, end - begin, meter.peak_anonymous)

    def seeding(self, client):
        self.tracker.forget()
        client.seed(self.torrent, self.folder / "source")
        meter = Meter(client.process)
        verb = ["discard"] if isinstance(client, Floor) else ["fetch", self.info_hash]
        if not isinstance(client, Floor):
            Deadline(SECONDS).until(self.tracker.has_seeder, "the seeder to announce that it has everything")
        size = [] if isinstance(client, Floor) else [self.size]
        with Counterpart(self.there, verb, *size, connect_to=client.endpoint) as fetcher:
            begin = fetcher.wait("started", SECONDS, client)
            cpu = meter.cpu()
            end = fetcher.wait("done", SECONDS, client)
            total = meter.cpu()
        meter.stop()
        return Measurement(self.size, total - cpu, end - begin, meter.peak_anonymous)


def table(taken, options):
    floor = median(taken, "floor", "fetch", "cpu")
    libtorrent = median(taken, "libtorrent", "seed", "cpu")
    lines = [
        f"| {options.size} MiB, pieces of 1 MiB, one core, medians of {options.runs} "
        "| fetching: CPU s/GiB | × floor | MiB/s | anonymous MiB "
        "| seeding: CPU s/GiB | × libtorrent | MiB/s | anonymous MiB |",
        "|---" * 9 + "|",
    ]
    for name in options.only:
        cells = [version(name)]
        for direction, base in (("fetch", floor), ("seed", libtorrent)):
            cpu = median(taken, name, direction, "cpu")
            cells += [
                show(cpu, 2),
                show(cpu / base if cpu and base else None, 2),
                show(median(taken, name, direction, "rate"), 0),
                show(median(taken, name, direction, "anonymous"), 1),
            ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def median(taken, name, direction, what):
    values = [getattr(measurement, what) for measurement in taken.get((name, direction), [])]
    return statistics.median(values) if values else None


def show(number, digits):
    return "–" if number is None else f"{number:.{digits}f}"


if __name__ == "__main__":
    main()
