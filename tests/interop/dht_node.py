"""Nodes of the DHT that are told what to do: to serve others, or to ask one question of those at a node."""

import json
import socket
import subprocess

from client import Client, Failure
from shoal import BINARY, Shoal

# Of mutable items: the first test vector of RFC 8032.
SECRET = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


class DhtNode(Client):
    """A program of two lines of arguments: `serve OWN [NODE]`, or `VERB OWN NODE ARGUMENT...`, which prints "NAME VALUE" lines."""

    program = ()

    def serve(self, node=None):
        self._take_port()
        self.start(*self.program, "serve", self.endpoint, *([node] if node else []))

    def is_serving(self):
        return b"1:y1:r" in queried(self.endpoint, b"4:ping")

    def has_heard_of(self, peer, info_hash):
        values = b"6:" + compact(peer)
        return values in queried(self.endpoint, b"9:get_peers", b"9:info_hash20:" + info_hash)

    def announce(self, node, info_hash):
        """That there is a peer where this node is."""
        self._ask("announce", node, info_hash.hex())

    def lookup(self, node, info_hash):
        return {value for name, value in self._ask("lookup", node, info_hash.hex()) if name == "peer"}

    def put(self, node, text):
        return dict(self._ask("put", node, text))["target"]

    def get(self, node, target):
        return dict(self._ask("get", node, target)).get("value")

    def put_mutable(self, node, salt, text):
        self._ask("put-mutable", node, SECRET, KEY, salt, text)

    def get_mutable(self, node, salt):
        """Text and version of the item under our key."""
        said = dict(self._ask("get-mutable", node, KEY, salt))
        return said.get("value"), int(said.get("seq", -1))

    def _take_port(self):
        self.port = self.host.port(6881)

    def _ask(self, verb, node, *arguments):
        self._take_port()
        said = self._run(*self.program, verb, self.endpoint, node, *arguments)
        return [line.split(" ", 1) for line in said.splitlines() if " " in line]

    def _run(self, *words, code=0):
        command = [str(word) for word in words]
        done = subprocess.run(self.host.command(command), capture_output=True, text=True, timeout=40)
        with open(self.log, "a") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}")
        if done.returncode != code:
            raise Failure(f"{self.name}: {' '.join(command[-4:])}: {done.stdout}{done.stderr}")
        return done.stdout


class ShoalNode(DhtNode):
    name = "shoal"

    def serve(self, node=None):
        """A node is part of a client. This one looks for a torrent that nobody has."""
        shoal = Shoal(self.host, self.folder, self.log)
        shoal.dht_nodes = [node] if node else []
        shoal.fetch(f"magnet:?xt=urn:btih:{b'nobody has this one!'.hex()}", self.folder)
        self.port, self.process = shoal.port, shoal.process

    def announce(self, node, info_hash):
        self._take_port()
        self._query(node, "announce", info_hash.hex(), "--port", self.port)

    def lookup(self, node, info_hash):
        return set(self._query(node, "lookup", info_hash.hex())["peers"])

    def put(self, node, text):
        return self._query(node, "put", text)["target"]

    def get(self, node, target):
        return self._query(node, "get", target).get("value")

    def miss(self, node, target):
        """Nobody has it, which is an answer, and an exit code of its own."""
        return self._query(node, "get", target, code=3)["found"]

    def put_mutable(self, node, salt, text):
        stored = self._query(node, "put", text, "--secret", SECRET, "--salt", salt)
        if stored["key"] != KEY:
            raise Failure(f"shoal says that the key is {stored['key']}")

    def get_mutable(self, node, salt):
        found = self._query(node, "get", "--key", KEY, "--salt", salt)
        return found.get("value"), found.get("seq", -1)

    def _query(self, node, *question, code=0):
        # Who asked and went is still named to others for a while, and there are too few to do without an answer.
        settings = {"listen_v4": self.host.address, "listen_v6": "", "slow_after": 500, "silent_after": 1000}
        here = [word for name, value in settings.items() for word in ("--set", f"dht.{name}={value}")]
        return json.loads(self._run(BINARY, "dht", *question, "--node", node, *here, "--state", "none", "--json", code=code))


def queried(endpoint, method, arguments=b""):
    """What the node answers to somebody it is not to remember (BEP 43)."""
    address, port = endpoint.rsplit(":", 1)
    query = b"d1:ad2:id20:a harness has no id!" + arguments + b"e1:q" + method + b"2:roi1e1:t2:hi1:y1:qe"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        asking.sendto(query, (address, int(port)))
        try:
            return asking.recv(1500)
        except TimeoutError:
            return b""


def compact(endpoint):
    address, port = endpoint.rsplit(":", 1)
    return socket.inet_aton(address) + int(port).to_bytes(2, "big")
