"""The npm package bittorrent-dht as a node of the DHT."""

from pathlib import Path

from dht_node import DhtNode
from npm_package import NpmPackage

PACKAGE = NpmPackage("bittorrent-dht")


class BittorrentDhtNode(DhtNode):
    name = PACKAGE.name
    program = ("node", Path(__file__).with_name("bittorrent_dht_node.mjs"), PACKAGE.folder)

    # It would remember us, and send others to us.
    def is_serving(self):
        return self.has_said("\nready")

    def has_heard_of(self, peer, info_hash):
        return self.has_said(f"\nannounced {peer} {info_hash.hex()}")
