"""The cases of the DHT: what one program leaves at another's node is found there by a third."""

import time

import torrents
from bittorrent_dht import BittorrentDhtNode
from cases import Case
from dht_node import ShoalNode
from libtorrent_dht import LibtorrentNode
from magnet_cases import fetch_by_link
from tracker_cases import require

NODES = {node.name: node for node in (BittorrentDhtNode, LibtorrentNode, ShoalNode)}
INFO_HASH = b"an info-hash in text"
SALT = "a salt"


def served(swarm, name, node_before=None):
    """A node that others begin at."""
    node = swarm.client(NODES[name], f"{name}-serves")
    node.serve(node_before)
    swarm.deadline.until(node.is_serving, f"{name} to answer")
    return node


def asking(swarm, name, verb):
    return swarm.client(NODES[name], f"{name}-{verb}")


def announces_are_found(server, announcer, finders):
    def run(swarm):
        hub = served(swarm, server)
        announced = asking(swarm, announcer, "announces")
        announced.announce(hub.endpoint, INFO_HASH)
        for name in finders:
            peers = asking(swarm, name, "looks-up").lookup(hub.endpoint, INFO_HASH)
            require(f"the peers that {name} finds", peers, {announced.endpoint})

    return run


def items_are_read(server, author, readers):
    """One that is found by its hash, and one that is found by who wrote it, which has versions."""

    def run(swarm):
        hub = served(swarm, server)
        writer = asking(swarm, author, "puts")
        target = writer.put(hub.endpoint, "what cannot change")
        writer.put_mutable(hub.endpoint, SALT, "what can change")
        for name in readers:
            reader = asking(swarm, name, "gets")
            require(f"the item that {name} reads", reader.get(hub.endpoint, target), "what cannot change")
            found = reader.get_mutable(hub.endpoint, SALT)
            require(f"the mutable item that {name} reads", found, ("what can change", 1))
            if name == "shoal":
                require("that an item is found which nobody put", reader.miss(hub.endpoint, "ab" * 20), False)

    return run


def another_version(server, first, second):
    """Shoal's second version takes the place of the other's first."""

    def run(swarm):
        hub = served(swarm, server)
        asking(swarm, first, "puts").put_mutable(hub.endpoint, SALT, "first")
        asking(swarm, second, "puts").put_mutable(hub.endpoint, SALT, "second")
        for name in {server, first, second}:
            found = asking(swarm, name, "gets").get_mutable(hub.endpoint, SALT)
            require(f"the version that {name} reads", found, ("second", 2))

    return run


# ---- torrents whose peers meet in the DHT alone ---------------------------------------------------------------------


def meet(servers, seeder, fetcher, is_magnet=True):
    """All that is known of the others is a node of the DHT."""

    def run(swarm):
        payload = swarm.payloads["multi"]
        hub = served(swarm, servers[0])
        nodes = [hub, *(served(swarm, name, hub.endpoint) for name in servers[1:])]
        swarm.dht_nodes = [node.endpoint for node in nodes]
        torrent = swarm.write_torrent(payload.torrent)
        source = swarm.seeder(seeder, torrent, payload)
        until_announced(swarm, nodes, payload, source)
        fetch_by_link(swarm, fetcher, swarm.magnet(payload) if is_magnet else torrent, payload, "dht")

    return run


def until_announced(swarm, nodes, payload, source):
    info_hash = torrents.info_hash(payload.torrent)

    def have_heard():
        time.sleep(1)  # nodes do not answer who asks without a pause
        return any(node.has_heard_of(source.endpoint, info_hash) for node in nodes)

    swarm.deadline.until(have_heard, f"{source.name} to announce")


def suite():
    cases = []
    others = [name for name in NODES if name != "shoal"]
    for other in others:
        everybody = ["shoal", other]
        cases += [
            Case(f"shoal announces in the DHT at {other}", announces_are_found(other, "shoal", everybody), (other,)),
            Case(f"{other} announces in the DHT at shoal", announces_are_found("shoal", other, everybody), (other,)),
            Case(f"shoal finds in the DHT what {other} announces", announces_are_found(other, other, ["shoal"]), (other,)),
            Case(f"{other} finds in the DHT what shoal announces", announces_are_found("shoal", "shoal", [other]), (other,)),
            Case(f"shoal leaves items of the DHT at {other}", items_are_read(other, "shoal", everybody), (other,)),
            Case(f"{other} leaves items of the DHT at shoal", items_are_read("shoal", other, everybody), (other,)),
            Case(f"shoal reads items of the DHT by {other}", items_are_read(other, other, ["shoal"]), (other,)),
            Case(f"{other} reads items of the DHT by shoal", items_are_read("shoal", "shoal", [other]), (other,)),
            Case(f"shoal changes an item of the DHT by {other} at {other}", another_version(other, other, "shoal"), (other,)),
            Case(f"shoal changes an item of the DHT by {other} at shoal", another_version("shoal", other, "shoal"), (other,)),
        ]
    meetings = [
        ("libtorrent", "libtorrent", "shoal"),
        ("shoal", "aria2", "shoal"),
        ("shoal", "shoal", "libtorrent"),
        ("bittorrent-dht", "shoal", "shoal"),
    ]
    for server, seeder, fetcher in meetings:
        title = f"{fetcher} fetches a magnet link from {seeder} by the DHT of {server}"
        cases.append(Case(title, meet([server], seeder, fetcher), tuple({server, seeder, fetcher} - {"shoal"})))
    # After it has the metadata aria2 waits for long until it calls the same peer again: hence no magnet link.
    finds = meet(["bittorrent-dht"], "shoal", "aria2", is_magnet=False)
    cases.append(Case("aria2 finds shoal by the DHT of bittorrent-dht", finds, ("aria2", "bittorrent-dht")))
    for seeder, fetcher in (("shoal", "transmission"), ("transmission", "shoal")):
        title = f"{fetcher} fetches a magnet link from {seeder} by a DHT of many"
        # Transmission takes fewer than nine for a broken DHT, and then does nothing for a while of its choice.
        servers = ["shoal", "libtorrent", "bittorrent-dht"] * 3
        cases.append(Case(title, meet(servers, seeder, fetcher), ("transmission", *others), seconds=120))
    return cases
