"""libtorrent, as a client of the tests and, run as a program, as the peer itself."""

import argparse
import os
import signal
import sys
import time

from client import Client


class LibtorrentPeer(Client):
    name = "libtorrent"
    verbosity = ()

    def _start(self, verb, torrent, folder, *options):
        self.port = self.host.port(6881)
        program = ["/usr/bin/python3", "-u", __file__]
        lsd = ["--lsd"] if self.speaks_lsd else []
        dht = [] if self.dht_nodes is None else ["--dht", ",".join(self.dht_nodes)]
        self.start(*program, verb, torrent, folder, "--listen", self.endpoint, *lsd, *dht, *self.verbosity, *options)

    def seed(self, torrent, folder, upload_rate=0):
        self._start("seed", torrent, folder, "--upload-rate", upload_rate)

    def fetch(self, torrent, folder, *options):
        self._start("fetch", torrent, folder, *options)


def main():
    parser = argparse.ArgumentParser(description="one libtorrent peer, TCP only, peers only from where it is told")
    parser.add_argument("verb", choices=["seed", "fetch"])
    parser.add_argument("torrent", help="a file or a magnet link")
    parser.add_argument("folder")
    parser.add_argument("--listen", required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--upload-rate", type=int, default=0, help="bytes a second, 0: no limit")
    parser.add_argument("--download-rate", type=int, default=0, help="the same")
    parser.add_argument("--peer", metavar="ADDRESS:PORT")
    parser.add_argument("--lsd", action="store_true", help="tell the local network")
    parser.add_argument("--dht", metavar="ADDRESS:PORT,...", help="take part in the DHT, beginning there")
    parser.add_argument("--quiet", action="store_true", help="no debug alerts: for measurements")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    run(options)


def run(options):
    import libtorrent  # only the peer needs it, not the runner that imports this file

    session = libtorrent.session(settings(libtorrent, options))
    parameters = torrent_parameters(libtorrent, options.torrent)
    parameters.save_path = options.folder
    parameters.flags &= ~libtorrent.torrent_flags.auto_managed
    parameters.flags &= ~libtorrent.torrent_flags.paused
    handle = session.add_torrent(parameters)
    handle.set_upload_limit(options.upload_rate)
    handle.set_download_limit(options.download_rate)
    if options.peer:
        address, port = options.peer.rsplit(":", 1)
        handle.connect_peer((address, int(port)))
    finished = False
    while not (finished and options.verb == "fetch"):
        for alert in next_alerts(session):
            if not options.quiet:
                print(f"{time.monotonic():.3f} {alert.what()}: {alert.message()}")
            finished = finished or isinstance(alert, libtorrent.torrent_finished_alert)
            if isinstance(alert, libtorrent.dht_bootstrap_alert):
                handle.force_dht_announce()  # the first one was too early: it knew nobody
    finish(libtorrent, session, handle)


def torrent_parameters(libtorrent, torrent):
    if torrent.startswith("magnet:"):
        return libtorrent.parse_magnet_uri(torrent)
    parameters = libtorrent.add_torrent_params()
    parameters.ti = libtorrent.torrent_info(torrent)
    return parameters


def next_alerts(session):
    """By polling: wait_for_alert hands Python an alert that another thread may move, and 2.0.8 crashes."""
    time.sleep(0.05)
    return session.pop_alerts()


def finish(libtorrent, session, handle):
    """Everything on disk, then out at once: taking the session apart takes seconds."""
    handle.flush_cache()
    flushed = False
    while not flushed:
        flushed = any(isinstance(alert, libtorrent.cache_flushed_alert) for alert in next_alerts(session))
    sys.stdout.flush()
    os._exit(0)


def settings(libtorrent, options):
    category = libtorrent.alert.category_t
    quiet = category.status_notification | category.error_notification | category.dht_notification
    peers = category.peer_notification | category.peer_log_notification
    debug = quiet | peers | category.tracker_notification
    return {
        "listen_interfaces": options.listen,
        "outgoing_interfaces": options.listen.rsplit(":", 1)[0],
        **dht_settings(options.dht),
        "enable_lsd": options.lsd,
        "enable_natpmp": False,
        "enable_upnp": False,
        "enable_incoming_utp": False,
        "enable_outgoing_utp": False,
        "allow_multiple_connections_per_ip": True,
        "alert_mask": quiet if options.quiet else debug,
    }


def dht_settings(nodes):
    if nodes is None:
        return {"enable_dht": False}
    # Many nodes may have addresses that are much alike: those of a laboratory.
    liberal = ("dht_restrict_routing_ips", "dht_restrict_search_ips", "dht_ignore_dark_internet")
    return {"enable_dht": True, "dht_bootstrap_nodes": nodes, **dict.fromkeys(liberal, False)}


if __name__ == "__main__":
    main()
