"""Peers that find each other on the local network alone (BEP 14): no tracker, no DHT, nobody named."""

import torrents
from cases import OTHERS, Case

KIB = 1024


def payload_of(swarm, name):
    """All cases share one local network: each has a torrent of its own."""
    return torrents.generate(swarm.scratch, f"local {name}.bin", 700_001, 64 * KIB)


def found_locally(seeder, fetcher, is_magnet=False):
    def run(swarm):
        swarm.speaks_lsd = True
        payload = payload_of(swarm, f"{seeder} to {fetcher}{' by magnet' * is_magnet}")
        torrent = swarm.write_torrent(payload.torrent)
        swarm.seeder(seeder, torrent, payload)
        source = f"magnet:?xt=urn:btih:{torrents.info_hash(payload.torrent).hex()}" if is_magnet else torrent
        swarm.settle(swarm.fetcher(fetcher, source), payload)

    return run


def suite():
    cases = []
    for other in OTHERS:
        uses = (other, "private network")
        cases += [
            Case(f"shoal finds {other} on the local network", found_locally(other, "shoal"), uses),
            Case(f"{other} finds shoal on the local network", found_locally("shoal", other), uses),
        ]
    magnets = [(other, (other, "private network")) for other in ("libtorrent", "transmission")]
    for other, uses in [*magnets, ("shoal", ("private network",))]:
        cases.append(
            Case(f"a magnet link is enough to find {other} on the local network", found_locally(other, "shoal", True), uses)
        )
    return cases
