"""The cases of magnet links and of peer exchange: what is known at first is a link, or one peer that has little."""

import torrents
from cases import OTHERS, Case, payload_size
from client import Failure
from shoal import Shoal
from tracker_cases import require

KIB = 1024
SLOW = 30 * KIB  # octets a second: the payload would take minutes
SEEN = ("--down", "2M")  # slow enough for a record of its state, which comes once a second


def fetch_by_link(swarm, fetcher, link, payload, *sources):
    """Shoal also has to say where its peers came from."""
    client = swarm.fetcher(fetcher, link, *(SEEN if fetcher == "shoal" else ()))
    swarm.settle(client, payload)
    if fetcher == "shoal":
        require_sources(client, *sources)


def require_sources(shoal, *expected):
    # A seeder that hears of us may be quicker, or call once more.
    require("the sources of shoal's peers", shoal.sources() - {"incoming"}, set(expected))


# ---- magnet links -------------------------------------------------------------------------------------------------


def by_tracker(seeder, fetcher, is_private=False):
    """The link names a tracker and nothing else."""

    def run(swarm):
        payload = swarm.payloads["multi"]
        if is_private:
            payload = torrents.Payload(payload.name, torrents.private(payload.torrent), payload.folder)
        torrent = swarm.announce(payload)
        swarm.seeder(seeder, torrent, payload)
        swarm.until_seeders(1)
        fetch_by_link(swarm, fetcher, swarm.magnet(payload, f"tr={swarm.tracker.url}"), payload, "tracker")

    return run


def by_named_peer(seeder, fetcher):
    """The link names a peer (x.pe) and nothing else."""

    def run(swarm):
        payload = swarm.payloads["multi"]
        source = swarm.seeder(seeder, swarm.write_torrent(payload.torrent), payload)
        fetch_by_link(swarm, fetcher, swarm.magnet(payload, f"x.pe={source.endpoint}"), payload, "magnet")

    return run


def selects_files(swarm):
    payload = swarm.payloads["multi"]
    source = swarm.seeder("libtorrent", swarm.write_torrent(payload.torrent), payload)
    client = swarm.fetcher("shoal", swarm.magnet(payload, f"x.pe={source.endpoint}", "so=0,3-4"))
    client.wait_fetched(swarm.deadline)
    every = payload.digests()
    wanted = ["readme.txt", "disc 2/größe.bin", "disc 2/exactly two pieces.bin"]
    found = {path: digest for path, digest in payload.digests(client.target).items() if not path.endswith(".part")}
    require("the files that were selected", found, {path: every[path] for path in wanted})


def saves_metadata(seeder):
    def run(swarm):
        payload = swarm.payloads["multi"]
        source = swarm.seeder(seeder, swarm.write_torrent(payload.torrent), payload)
        client = swarm.with_target(Shoal, "shoal-shows")
        saved = client.target / "saved.torrent"
        shown = client.show_fetched(swarm.magnet(payload), saved, "--peer", source.endpoint)
        info_hash = torrents.info_hash(payload.torrent)
        require("the info-hash of what was saved", torrents.info_hash(saved.read_bytes()), info_hash)
        require("the info-hash that was shown", shown["info_hash"], info_hash.hex())
        files = {file["path"] for file in shown["files"]}
        require("the files that were shown", files, {f"{payload.name}/{path}" for path in payload.digests()})
        require("what was written", [entry.name for entry in client.target.iterdir()], [saved.name])

    return run


# ---- peer exchange --------------------------------------------------------------------------------------------------
# A seeder that knows nobody, a peer in the middle that was told where it is and has next to nothing, and a fetcher that
# is told of the one in the middle only. The seeder does not take part in the exchange: it is the fetcher who calls.


def shoal_is_told(swarm):
    payload = swarm.payloads["single"]
    torrent = swarm.write_torrent(payload.torrent)
    seeder = swarm.seeder("aria2", torrent, payload)
    middle = swarm.fetcher("libtorrent", torrent, "--peer", seeder.endpoint, "--download-rate", SLOW)
    swarm.deadline.until(lambda: middle.has_said("<== PIECE"), "the peer in the middle to have something")
    fetch_by_link(swarm, "shoal", swarm.magnet(payload, f"x.pe={middle.endpoint}"), payload, "magnet", "pex")


def shoal_tells(fetcher):
    def run(swarm):
        payload = swarm.payloads["single"]
        # The seeder's torrent has no tracker, so that the tracker knows the one in the middle alone.
        seeder = swarm.seeder("aria2", swarm.write_torrent(payload.torrent), payload)
        swarm.speaks_pex = True
        torrent = swarm.announce(payload)
        middle = swarm.fetcher("shoal", torrent, "--peer", seeder.endpoint, "--down", SLOW)
        swarm.until_leechers(1)
        swarm.settle(swarm.fetcher(fetcher, torrent), payload)
        had = max(record["had"] for record in middle.records("status"))
        if had >= payload_size(payload):
            raise Failure("the peer in the middle had everything: nobody needed the seeder")

    return run


def suite():
    cases = []
    for other in OTHERS:
        cases += [
            Case(f"shoal fetches a magnet link from {other} by a tracker", by_tracker(other, "shoal"), (other,)),
            Case(f"{other} fetches a magnet link from shoal by a tracker", by_tracker("shoal", other), (other,)),
            Case(f"shoal fetches a magnet link that names {other}", by_named_peer(other, "shoal"), (other,)),
            Case(f"shoal saves the metadata that {other} has", saves_metadata(other), (other,)),
            Case(f"shoal tells {other} of a seeder by peer exchange", shoal_tells(other), (other, "aria2")),
        ]
    cases += [
        Case("libtorrent fetches a magnet link that names shoal", by_named_peer("shoal", "libtorrent"), ("libtorrent",)),
        Case(
            "shoal fetches a private torrent by a magnet link",
            by_tracker("aria2", "shoal", is_private=True),  # the others keep the metadata of such to themselves
            ("aria2",),
        ),
        Case(
            "shoal gives a private torrent to libtorrent by a magnet link",
            by_tracker("shoal", "libtorrent", is_private=True),
            ("libtorrent",),
        ),
        Case("a magnet link selects files", selects_files, ("libtorrent",)),
        Case("libtorrent tells shoal of a seeder by peer exchange", shoal_is_told, ("libtorrent", "aria2")),
    ]
    return cases
