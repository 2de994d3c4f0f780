"""The cases: who seeds what to whom, and what has to be true at the end."""

import re
import shutil
from dataclasses import dataclass
from typing import Callable

import fixtures
import torrents
from aria2 import Aria2
from client import Deadline, Failure
from liar import Liar
from libtorrent_peer import LibtorrentPeer
from opentracker import Opentracker
from shoal import BUILD, Shoal, ShoalTracker
from transmission import Transmission

CLIENTS = {client.name: client for client in (Aria2, LibtorrentPeer, Shoal, Transmission)}
OTHERS = ["transmission", "aria2", "libtorrent"]
REFUSES_ODD = {"transmission"}  # it wants pieces made of whole blocks, and calls such a torrent corrupt

KIB = 1024
GENERATED = {
    "single": (5_000_011, 256 * KIB),
    "multi": (
        {
            "readme.txt": 1_234,
            "disc 1/track one.flac": 2_500_000,
            "disc 1/track two.flac": 1_700_003,
            "disc 2/größe.bin": 900_000,  # not ASCII
            "disc 2/exactly two pieces.bin": 256 * KIB,
        },
        128 * KIB,
    ),
    "many small": (
        {f"{'abcde'[n % 5]}/{n:03}.dat": 0 if n % 7 == 3 else 31 * n % 5_000 + 1 for n in range(150)},
        32 * KIB,
    ),
    "three blocks": ({"first.bin": 333_333, "empty.bin": 0, "last.bin": 666_667}, 3 * 16 * KIB),
    "odd": ({"first.bin": 333_333, "empty.bin": 0, "last.bin": 666_667}, 100_001),
}


@dataclass
class Case:
    name: str
    run: Callable[["Swarm"], None]
    uses: tuple  # what may be missing on a machine: clients, "fixtures"
    seconds: int = 60

    @property
    def folder_name(self):
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


class Swarm:
    """One case's tracker, clients and folders."""

    def __init__(self, network, payloads, scratch, logs, seconds):
        self.network = network
        self.payloads = payloads
        self.scratch = scratch
        self.logs = logs
        self.deadline = Deadline(seconds)
        self.tracker = None
        self.speaks_lsd = False
        self.speaks_pex = False
        self.dht_nodes = None
        self._clients = []

    def client(self, kind, role):
        number = len(self._clients) + 1
        own = f"{number}-{role}"
        client = kind(self.network.host(), self.scratch / own, self.logs / f"{own}.log")
        client.speaks_lsd, client.speaks_pex, client.dht_nodes = self.speaks_lsd, self.speaks_pex, self.dht_nodes
        self._clients.append(client)
        return client

    def announce(self, payload, tracker=Opentracker):
        """The torrent file everybody gets, and a tracker that knows it."""
        self.info_hash = torrents.info_hash(payload.torrent)
        self.tracker = self.client(tracker, tracker.name.replace(" ", "-"))
        self.tracker.serve(self.info_hash)
        self.deadline.until(lambda: self.tracker.swarm(self.info_hash), f"{tracker.name} to answer")
        return self.write_torrent(torrents.announced(payload.torrent, self.tracker.url))

    def write_torrent(self, data):
        path = self.scratch / "x.torrent"
        path.write_bytes(data)
        return path

    def seeder(self, kind, torrent, payload, **options):
        client = self.client(CLIENTS[kind], f"{kind}-seeds")
        folder = client.folder / "data"
        folder.mkdir()
        _copy(payload.folder / payload.name, folder / payload.name)
        client.seed(torrent, folder, **options)
        return client

    def fetcher(self, kind, torrent, *options):
        client = self.with_target(CLIENTS[kind], f"{kind}-fetches")
        client.fetch(torrent, client.target, *options)
        return client

    def with_target(self, kind, role):
        client = self.client(kind, role)
        client.target = client.folder / "fetched"
        client.target.mkdir()
        return client

    def magnet(self, payload, *parameters):
        exact_topic = f"magnet:?xt=urn:btih:{torrents.info_hash(payload.torrent).hex()}"
        return "&".join([exact_topic, *parameters])

    def until_seeders(self, count):
        self._until(0, count, f"{count} seeder(s) to announce")

    def until_leechers(self, count):
        self._until(1, count, f"{count} leecher(s) to announce")

    def _until(self, which, count, what):
        def are_there():
            for client in self._clients:
                client.check_alive()
            return self.tracker.swarm(self.info_hash)[which] >= count

        self.deadline.until(are_there, what)

    def settle(self, fetcher, payload):
        """Waits for the fetcher and compares every byte."""
        fetcher.wait_fetched(self.deadline)
        expected, found = payload.digests(), payload.digests(fetcher.target)
        for path in sorted(expected.keys() | found.keys()):
            if path not in found and expected[path] == torrents.EMPTY and not fetcher.creates_empty_files:
                continue
            if path not in found:
                raise Failure(f"{fetcher.name} did not write {path or payload.name}")
            if path not in expected:
                raise Failure(f"{fetcher.name} left a file that is not in the torrent: {path}")
            if expected[path] != found[path]:
                raise Failure(f"{fetcher.name} wrote {path or payload.name} with other bytes than it should")
        strangers = [entry.name for entry in fetcher.target.iterdir() if entry.name != payload.name]
        if strangers:
            raise Failure(f"{fetcher.name} left beside the payload: {', '.join(strangers)}")

    def casualties(self):
        """Clients that died of a signal: then others fail for no fault of theirs."""
        started = [client for client in self._clients if client.process]
        codes = [(client.name, client.process.poll() or 0) for client in started]
        return "".join(f" ({name} was killed by signal {-code})" for name, code in codes if code < 0)

    def stop(self):
        for client in reversed(self._clients):
            client.stop()


def _copy(source, target):
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def generated(folder):
    return {name: torrents.generate(folder, name, *shape) for name, shape in GENERATED.items()}


def transfer(what, seeders, fetchers, fetchers_first=False, tracker=Opentracker):
    """All `seeders` seed `what` to all `fetchers`, who find each other through the tracker."""

    def run(swarm):
        payload = swarm.payloads[what]
        torrent = swarm.announce(payload, tracker)
        if fetchers_first:  # then it is the seeder that learns of the others and connects
            fetching = [swarm.fetcher(kind, torrent) for kind in fetchers]
            swarm.until_leechers(len(fetchers))
            for kind in seeders:
                swarm.seeder(kind, torrent, payload)
        else:
            for kind in seeders:
                swarm.seeder(kind, torrent, payload)
            swarm.until_seeders(len(seeders))
            fetching = [swarm.fetcher(kind, torrent) for kind in fetchers]
        for fetcher in fetching:
            swarm.settle(fetcher, payload)

    return run


def without_a_tracker(swarm):
    payload = swarm.payloads["leaves"]
    torrent = swarm.write_torrent(payload.torrent)  # as its author wrote it
    seeder = swarm.seeder("libtorrent", torrent, payload)
    swarm.settle(swarm.fetcher("shoal", torrent, "--peer", seeder.endpoint), payload)


def interrupted_and_resumed(swarm):
    payload = swarm.payloads["single"]
    torrent = swarm.announce(payload)
    seeder = swarm.seeder("libtorrent", torrent, payload, upload_rate=1_000_000)
    swarm.until_seeders(1)
    first = swarm.fetcher("shoal", torrent)
    half = payload_size(payload) // 2
    swarm.deadline.until(lambda: _size_on_disk(first.target) >= half, "half of the payload")
    first.interrupt()
    first.wait_exit(swarm.deadline, expected=7)

    again = swarm.client(Shoal, "shoal-resumes")
    again.target = first.target
    again.fetch(torrent, again.target, "--peer", seeder.endpoint)
    swarm.settle(again, payload)


def payload_size(payload):
    return (payload.folder / payload.name).stat().st_size


def _size_on_disk(folder):
    """Sparse files count with what was written to them."""
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())


def created_by_shoal(swarm):
    payload = swarm.payloads["multi"]
    tracker = "http://127.0.0.1:1/announce"  # replaced by the real one when announced
    path = swarm.scratch / "created.torrent"
    shoal = swarm.client(Shoal, "shoal-creates")
    printed = shoal.create(payload.folder / payload.name, path, "-t", tracker, "--piece-size", "65536")
    created = torrents.Payload(payload.name, path.read_bytes(), payload.folder)
    if torrents.info_hash(created.torrent).hex() not in printed.lower():
        raise Failure(f"shoal create did not print the magnet link of its torrent, but: {printed}")
    swarm.payloads = {"created": created}
    transfer("created", ["libtorrent"], ["transmission" if swarm.network.is_private else "aria2"])(swarm)


def refuses_the_corrupt(swarm):
    corrupt = swarm.payloads["leaves"].folder / "corrupt.torrent"
    swarm.fetcher("shoal", corrupt).wait_exit(swarm.deadline, expected=5)


def gives_up_what_is_corrupt(swarm):
    payload = swarm.payloads["single"]
    torrent = swarm.write_torrent(payload.torrent)
    liar = swarm.client(Liar, "liar")
    liar.seed(torrent, None)
    swarm.deadline.until(lambda: liar.has_said("\nready"), "the liar to listen")
    shoal = swarm.fetcher("shoal", torrent, "--peer", liar.endpoint, "--patience", 2)
    shoal.wait_exit(swarm.deadline, expected=6)
    require_said(shoal, '"event":"peer.banned"')
    require_said(shoal, "3 pieces arrived corrupt")
    if payload.name in [entry.name for entry in shoal.target.iterdir()]:
        raise Failure("shoal gave the corrupt file its name")


def require_said(client, text):
    if not client.has_said(text):
        raise Failure(f"{client.name} did not say: {text}")


def keys_change_the_picker(swarm):
    payload = swarm.payloads["single"]
    torrent = swarm.write_torrent(payload.torrent)
    seeder = swarm.seeder("libtorrent", torrent, payload, upload_rate=1_000_000)
    shoal = swarm.with_target(Shoal, "shoal-on-a-terminal")
    shoal.fetch_on_terminal(torrent, shoal.target, "--peer", seeder.endpoint)
    swarm.deadline.until(lambda: shoal.shows(" %  "), "a bar")
    for stack in ("sequential,endgame", "streaming,rarest-first,endgame", "rarest-first,endgame"):
        shoal.press("p")
        swarm.deadline.until(lambda: shoal.shows(f"picker: {stack}"), f"p to change the picker to {stack}")
    swarm.deadline.until(shoal.has_ended, "the end of the transfer")
    swarm.settle(shoal, payload)


def key_ends_the_transfer(swarm):
    torrent = swarm.write_torrent(swarm.payloads["single"].torrent)
    shoal = swarm.with_target(Shoal, "shoal-on-a-terminal")
    shoal.fetch_on_terminal(torrent, shoal.target)
    swarm.deadline.until(lambda: shoal.shows("nobody to ask"), "the reason why nothing moves")
    shoal.press("q")
    swarm.deadline.until(shoal.has_ended, "q to end it")
    shoal.wait_exit(swarm.deadline, expected=7)


def tracked_by_shoal(swarm):
    transfer("multi", ["libtorrent"], ["shoal", "aria2"], tracker=ShoalTracker)(swarm)
    require_said(swarm.tracker, f"answering at {swarm.tracker.url} and {swarm.tracker.url_of('udp')}")
    swarm.tracker.process.terminate()
    swarm.tracker.wait_exit(swarm.deadline)


def demonstration_leaves_nothing(swarm):
    shoal = swarm.with_target(Shoal, "shoal-demonstrates")
    shoal.demonstrate(shoal.target, "4M")
    shoal.wait_exit(swarm.deadline)
    require_said(shoal, "all files are verified")
    require_empty(shoal.target)


def interrupted_demonstration_leaves_nothing(swarm):
    shoal = swarm.with_target(Shoal, "shoal-demonstrates")
    shoal.demonstrate(shoal.target, "500M")
    swarm.deadline.until(lambda: any(shoal.target.iterdir()), "the demonstration to begin")
    shoal.interrupt()
    shoal.wait_exit(swarm.deadline, expected=7)
    require_empty(shoal.target)


def require_empty(folder):
    left = [entry.name for entry in folder.iterdir()]
    if left:
        raise Failure(f"it left behind: {', '.join(left)}")


def checked_stops_at_a_broken_rule(swarm):
    payload = swarm.payloads["single"]
    torrent = swarm.write_torrent(payload.torrent)
    seeder = swarm.seeder("shoal", torrent, payload)
    wrong = BUILD / "tests" / "plugins" / "nonsense.so"
    shoal = swarm.fetcher("shoal", torrent, "--peer", seeder.endpoint, "--picker", wrong, "--checked")
    shoal.wait_exit(swarm.deadline, expected=70)
    require_said(shoal, "plug-in org.shoal.test.picker.nonsense, picker broke a rule in pick: ")


def suite():
    cases = []

    def both_ways(other, what, title):
        uses = (other, *_origin(what))
        cases.append(Case(f"shoal fetches {title} from {other}", transfer(what, [other], ["shoal"]), uses))
        cases.append(Case(f"shoal seeds {title} to {other}", transfer(what, ["shoal"], [other]), uses))

    for other in OTHERS:
        both_ways(other, "single", "a file")
        both_ways(other, "multi", "a folder")
        both_ways(other, "many small", "many small and empty files")
        both_ways(other, "three blocks", "pieces of three blocks")
        if other not in REFUSES_ODD:
            both_ways(other, "odd", "pieces of an odd length")
        cases.append(
            Case(
                f"shoal seeds to {other}, which came first",
                transfer("single", ["shoal"], [other], fetchers_first=True),
                (other,),
            )
        )
        cases.append(
            Case(
                f"shoal, which came first, fetches from {other}",
                transfer("single", [other], ["shoal"], fetchers_first=True),
                (other,),
            )
        )
    for name, other in zip(fixtures.NAMES, OTHERS * 2):
        both_ways(other, name, f"the real torrent {name}")

    everybody = tuple(OTHERS)
    cases += [
        Case("shoal fetches from all of them at once", transfer("multi", OTHERS, ["shoal"]), everybody),
        Case("shoal seeds to all of them at once", transfer("multi", ["shoal"], OTHERS), everybody),
        Case("shoal fetches a real torrent without a tracker", without_a_tracker, ("libtorrent", "fixtures")),
        Case("an interrupted shoal resumes", interrupted_and_resumed, ("libtorrent",)),
        Case("a torrent made by shoal create is everybody's", created_by_shoal, ("libtorrent",)),
        Case("shoal refuses the corrupt torrent", refuses_the_corrupt, ("fixtures",)),
        Case("shoal gives up when all that comes is corrupt", gives_up_what_is_corrupt, ()),
        Case("p on the terminal changes the picker", keys_change_the_picker, ("libtorrent",)),
        Case("q on the terminal ends the transfer", key_ends_the_transfer, ()),
        Case("shoal tracker brings everybody together", tracked_by_shoal, ("libtorrent", "aria2")),
        Case("the demonstration leaves nothing behind", demonstration_leaves_nothing, ()),
        Case("an interrupted demonstration leaves nothing behind", interrupted_demonstration_leaves_nothing, ()),
        Case("shoal --checked stops at a broken rule", checked_stops_at_a_broken_rule, ()),
    ]
    return cases


def _origin(what):
    return ("fixtures",) if what in fixtures.NAMES else ()


def without_shoal():
    """The same transfers among the others: what fails here is not Shoal's fault."""
    everything = [*GENERATED, *fixtures.NAMES]
    return [
        Case(
            f"{fetcher} fetches {what} from {seeder}",
            transfer(what, [seeder], [fetcher]),
            (seeder, fetcher, *_origin(what)),
        )
        for seeder in OTHERS
        for fetcher in OTHERS
        if seeder != fetcher
        for what in everything
        if what != "odd" or not REFUSES_ODD & {seeder, fetcher}
    ]
