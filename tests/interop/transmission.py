"""transmission-daemon, told what to do over its RPC. It refuses peers in 127.0.0.0/8."""

import base64
import hashlib
import json
import socket
import urllib.error
import urllib.request

import torrents
from client import Client, Deadline, Failure


class Transmission(Client):
    name = "transmission"
    creates_empty_files = False

    def _start(self, torrent, folder):
        self.port = self.host.port(51413)
        self.rpc_port = self.host.port(9091)
        self.session = ""
        settings = {
            "bind-address-ipv4": self.host.address,
            "dht-enabled": self.dht_nodes is not None,
            "lpd-enabled": self.speaks_lsd,
            "peer-port": self.port,
            "pex-enabled": self.speaks_pex,
            "port-forwarding-enabled": False,
            "preallocation": 0,
            "rename-partial-files": False,
            "rpc-bind-address": self.host.address,
            "rpc-enabled": True,
            "rpc-host-whitelist-enabled": False,
            "rpc-port": self.rpc_port,
            "rpc-whitelist-enabled": False,
            "utp-enabled": False,
        }
        (self.folder / "settings.json").write_text(json.dumps(settings))
        if self.dht_nodes:
            (self.folder / "dht.dat").write_bytes(_known_nodes(self.dht_nodes))
        self.start("transmission-daemon", "--foreground", "--log-debug", "--config-dir", self.folder)
        add = {**_named(torrent), "download-dir": str(folder), "paused": True}
        deadline = Deadline(20)
        deadline.until(lambda: self._call("session-get", {}), "Transmission's RPC")
        self._call("torrent-add", add)

    def seed(self, torrent, folder):
        self._start(torrent, folder)
        self._call("torrent-verify", {"ids": [1]})
        Deadline(20).until(lambda: self._left() == 0 and not self._is_checking(), "Transmission's check")
        self._call("torrent-start", {"ids": [1]})

    def fetch(self, torrent, folder):
        self._start(torrent, folder)
        self._call("torrent-start", {"ids": [1]})

    def wait_fetched(self, deadline):
        deadline.until(lambda: self._left() == 0, "Transmission to have everything")
        self.stop()  # it flushes its files on the way out

    def _state(self):
        fields = ["leftUntilDone", "status", "errorString", "metadataPercentComplete"]
        return self._call("torrent-get", {"ids": [1], "fields": fields})["torrents"][0]

    def _left(self):
        self.check_alive()
        state = self._state()
        # Of a magnet link it says that nothing is left while it does not know what there is.
        return state["leftUntilDone"] if state["metadataPercentComplete"] == 1 else None

    def _is_checking(self):
        return self._state()["status"] in (1, 2)  # waiting to check, checking

    def _call(self, method, arguments):
        request = urllib.request.Request(
            f"http://{self.host.address}:{self.rpc_port}/transmission/rpc",
            json.dumps({"method": method, "arguments": arguments}).encode(),
            {"X-Transmission-Session-Id": self.session},
        )
        try:
            # It answers nobody while it starts or verifies, which on a busy machine takes its time.
            with urllib.request.urlopen(request, timeout=30) as answer:
                reply = json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise
            self.session = error.headers["X-Transmission-Session-Id"]
            return self._call(method, arguments)
        if reply["result"] != "success":
            raise Failure(f"Transmission: {method}: {reply['result']}")
        return reply["arguments"]


def _known_nodes(nodes):
    """As Transmission keeps them between runs. It asks eight of them at once, those it is told of otherwise one by one."""
    endpoints = [node.rsplit(":", 1) for node in nodes]
    compact = b"".join(socket.inet_aton(address) + int(port).to_bytes(2, "big") for address, port in endpoints)
    return torrents.encode({"id": hashlib.sha1(compact).digest(), "nodes": compact})


def _named(torrent):
    """The torrent as the RPC wants it: a magnet link, or what the file holds."""
    if isinstance(torrent, str):
        return {"filename": torrent}
    return {"metainfo": base64.b64encode(torrent.read_bytes()).decode()}
