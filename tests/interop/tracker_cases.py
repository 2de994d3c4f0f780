"""The cases of trackers: Shoal's plug-ins ask those of others, and others ask Shoal's, by HTTP and by datagrams."""

import torrents
from bittorrent_tracker import BittorrentTracker, BittorrentTrackerClient
from cases import Case, transfer
from client import Failure
from opentracker import Opentracker
from shoal import ShoalTracker
from tracker_probe import TrackerProbe


class OpentrackerByUdp(Opentracker):
    scheme = "udp"


class ShoalTrackerByUdp(ShoalTracker):
    scheme = "udp"


class BittorrentTrackerByUdp(BittorrentTracker):
    scheme = "udp"


UNKNOWN = b"\x01" * 20
ASCII = b"an info-hash in text"


def require(what, found, expected):
    if found != expected:
        raise Failure(f"{what}: {found}, not {expected}")


def announce_and_scrape(kind, scheme):
    """A seeder and a leecher announce and find each other, then both are counted, then one leaves."""

    def run(swarm):
        info_hash = _serve(swarm, kind)
        if kind is BittorrentTracker:
            info_hash = ASCII  # it serves any, and its scrape by HTTP writes others as if they were Latin-1 text
        _ask_about_two(swarm, swarm.tracker.url_of(scheme), info_hash)

    return run


def _serve(swarm, kind):
    swarm.announce(swarm.payloads["single"], kind)
    return swarm.info_hash


def _ask_about_two(swarm, url, info_hash):
    seeder, leecher = swarm.client(TrackerProbe, "seeder"), swarm.client(TrackerProbe, "leecher")
    require("the first answer", seeder.announce(url, info_hash, 1001, 0)[:2], (1, 0))
    seeds, leechers, peers = leecher.announce(url, info_hash, 1002, 5)
    require("the second answer", (seeds, leechers), (1, 1))
    require_peer(peers, f"{seeder.host.address}:1001")
    require_peer(seeder.announce(url, info_hash, 1001, 0, "none")[2], f"{leecher.host.address}:1002")
    seeds, _, leechers = leecher.scrape(url, info_hash)[info_hash]
    require("the scrape", (seeds, leechers), (1, 1))
    leecher.announce(url, info_hash, 1002, 5, "stopped")
    seeds, _, leechers = leecher.scrape(url, info_hash)[info_hash]
    require("the scrape after one has left", (seeds, leechers), (1, 0))


def require_peer(peers, expected):
    if expected not in peers:
        raise Failure(f"the peers are {peers}, without {expected}")


def scrapes_many(kind):
    """More torrents than one packet holds."""

    def run(swarm):
        info_hash = _serve(swarm, kind)
        probe = swarm.client(TrackerProbe, "probe")
        url = swarm.tracker.url_of("udp")
        probe.announce(url, info_hash, 1001, 0)
        strangers = [number.to_bytes(20, "big") for number in range(1, 150)]
        found = probe.scrape(url, *strangers[:100], info_hash, *strangers[100:])
        require("the torrents of the scrape", len(found), 150)
        require("the one that is known", found[info_hash][0], 1)

    return run


def tells_its_refusal(swarm):
    _serve(swarm, Opentracker)
    refusal = swarm.client(TrackerProbe, "probe").refusal(swarm.tracker.url_of("udp"), UNKNOWN)
    require("opentracker's refusal", refusal, "refused without a reason")  # it sends no more than a head


def over_ipv6(swarm):
    """On the one address that every host has: its own."""
    info_hash = _serve(swarm, BittorrentTracker)
    url = f"udp://[::1]:{swarm.tracker.port}/announce"
    probe = swarm.client(TrackerProbe, "probe")
    probe.host = swarm.tracker.host
    require("the answer over IPv6", probe.announce(url, info_hash, 1001, 0)[:2], (1, 0))
    require("the scrape over IPv6", probe.scrape(url, info_hash)[info_hash][0], 1)


def asked_by_the_package(scheme):
    def run(swarm):
        info_hash = _serve(swarm, ShoalTracker)
        url = swarm.tracker.url_of(scheme)
        probe = swarm.client(TrackerProbe, "probe")
        probe.announce(url, info_hash, 1001, 0)
        other = swarm.client(BittorrentTrackerClient, "package")
        seeds, leechers, peers = other.announce(url, info_hash, 1002, 5)
        require("the package's answer", (seeds, leechers), (1, 1))
        require_peer(peers, f"{probe.host.address}:1001")
        require("the package's scrape", other.scrape(url, info_hash), (1, 0, 1))
        require_peer(probe.announce(url, info_hash, 1001, 0, "none")[2], f"{other.host.address}:1002")

    return run


def transfer_by(kind, seeders, fetchers):
    """Everybody knows nothing but the tracker's udp:// URL."""

    def run(swarm):
        transfer("single", seeders, fetchers, tracker=kind)(swarm)
        if b"announce" + torrents.encode(swarm.tracker.url) not in (swarm.scratch / "x.torrent").read_bytes():
            raise Failure("the torrent has another tracker")

    return run


def suite():
    package = "bittorrent-tracker"
    cases = []
    for scheme, title in (("udp", "UDP"), ("http", "HTTP")):
        for kind, name in ((Opentracker, "opentracker"), (BittorrentTracker, package)):
            what = f"shoal announces to and scrapes {name} by {title}"
            cases.append(Case(what, announce_and_scrape(kind, scheme), (name,)))
        what = f"{package} announces to and scrapes shoal tracker by {title}"
        cases.append(Case(what, asked_by_the_package(scheme), (package,)))
        what = f"shoal announces to and scrapes shoal tracker by {title}"
        cases.append(Case(what, announce_and_scrape(ShoalTracker, scheme), ()))
    cases += [
        Case("shoal scrapes many torrents of opentracker by UDP", scrapes_many(Opentracker), ("opentracker",)),
        Case("shoal scrapes many torrents of shoal tracker by UDP", scrapes_many(ShoalTracker), ()),
        Case("shoal tells opentracker's refusal by UDP", tells_its_refusal, ("opentracker",)),
        Case(f"shoal announces to and scrapes {package} over IPv6", over_ipv6, (package,)),
        Case(
            "shoal fetches from libtorrent by opentracker's UDP",
            transfer_by(OpentrackerByUdp, ["libtorrent"], ["shoal"]),
            ("opentracker", "libtorrent"),
        ),
        Case(
            f"shoal fetches from shoal by {package}'s UDP",
            transfer_by(BittorrentTrackerByUdp, ["shoal"], ["shoal"]),
            (package,),
        ),
        Case(
            "libtorrent and transmission find shoal by shoal tracker's UDP",
            transfer_by(ShoalTrackerByUdp, ["shoal"], ["libtorrent", "transmission"]),
            ("libtorrent", "transmission"),
        ),
    ]
    return cases
