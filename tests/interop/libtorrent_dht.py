"""libtorrent as a node of the DHT; run as a program, the node itself."""

import argparse
import hashlib
import os
import signal
import sys
import time

from dht_node import DhtNode
from libtorrent_peer import dht_settings, next_alerts

PATIENCE = 20  # seconds


class LibtorrentNode(DhtNode):
    name = "libtorrent"
    program = ("/usr/bin/python3", "-u", __file__)


def main():
    parser = argparse.ArgumentParser(description="one libtorrent node of the DHT")
    parser.add_argument("verb", choices=["serve", *QUESTIONS])
    parser.add_argument("own", metavar="ADDRESS:PORT")
    parser.add_argument("node", nargs="?", default="", metavar="ADDRESS:PORT")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))

    import libtorrent  # only the node needs it, not the runner that imports this file

    session = libtorrent.session(settings(libtorrent, options))
    if options.verb == "serve":
        while True:
            report(next_alerts(session))
    await_nodes(libtorrent, session)
    QUESTIONS[options.verb](libtorrent, session, *options.arguments)
    sys.stdout.flush()
    os._exit(0)  # taking the session apart takes seconds


def await_nodes(libtorrent, session):
    """Or nearly all: it takes its time to give up one that is gone."""
    first_alert(session, libtorrent.dht_bootstrap_alert, time.monotonic() + 3)


def announce(libtorrent, session, info_hash):
    """Of a torrent: Python cannot say what the session's own announce wants to hear."""
    parameters = libtorrent.parse_magnet_uri(f"magnet:?xt=urn:btih:{info_hash}")
    parameters.save_path = "."
    parameters.flags &= ~(libtorrent.torrent_flags.paused | libtorrent.torrent_flags.auto_managed)
    session.add_torrent(parameters).force_dht_announce()
    wait(session, libtorrent.dht_outgoing_get_peers_alert)
    time.sleep(1)  # what follows the answer is not told


def lookup(libtorrent, session, info_hash):
    session.dht_get_peers(libtorrent.sha1_hash(bytes.fromhex(info_hash)))
    for address, port in wait(session, libtorrent.dht_get_peers_reply_alert).peers():
        print(f"peer {address}:{port}")


def put(libtorrent, session, text):
    print(f"target {session.dht_put_immutable_item(text.encode())}")
    wait(session, libtorrent.dht_put_alert)


def get(libtorrent, session, target):
    session.dht_get_immutable_item(libtorrent.sha1_hash(bytes.fromhex(target)))
    print(f"value {wait(session, libtorrent.dht_immutable_item_alert).item['value'].decode()}")


def put_mutable(libtorrent, session, secret, key, salt, text):
    keys = expanded(bytes.fromhex(secret)), bytes.fromhex(key)
    session.dht_put_mutable_item(*keys, text.encode(), salt.encode())
    wait(session, libtorrent.dht_put_alert)


def get_mutable(libtorrent, session, key, salt):
    session.dht_get_mutable_item(bytes.fromhex(key), salt.encode())
    found = wait(session, libtorrent.dht_mutable_item_alert)
    print(f"value {found.item['value'].decode()}\nseq {found.seq}")


QUESTIONS = {
    "announce": announce,
    "lookup": lookup,
    "put": put,
    "get": get,
    "put-mutable": put_mutable,
    "get-mutable": get_mutable,
}


def expanded(secret):
    """The form of an ed25519 secret that libtorrent takes."""
    octets = bytearray(hashlib.sha512(secret).digest())
    octets[0] &= 248
    octets[31] = octets[31] & 63 | 64
    return bytes(octets)


def wait(session, kind):
    return first_alert(session, kind, time.monotonic() + PATIENCE) or sys.exit(f"no {kind.__name__} in {PATIENCE} s")


def first_alert(session, kind, end):
    while time.monotonic() < end:
        alerts = next_alerts(session)
        report(alerts)
        for alert in alerts:
            if isinstance(alert, kind):
                return alert
    return None


def report(alerts):
    for alert in alerts:
        print(f"{alert.what()}: {alert.message()}", file=sys.stderr)


def settings(libtorrent, options):
    category = libtorrent.alert.category_t
    return {
        "listen_interfaces": options.own,
        "enable_lsd": False,
        "enable_natpmp": False,
        "enable_upnp": False,
        **dht_settings(options.node),
        "dht_read_only": options.verb != "serve",  # or others would look for it when it is gone
        "alert_mask": category.error_notification | category.dht_notification | category.dht_operation_notification,
    }


if __name__ == "__main__":
    main()
