"""aria2c with everything but the tracker switched off."""

from client import Client


class Aria2(Client):
    name = "aria2"
    verbosity = ("--summary-interval=5", "--log=-", "--log-level=info")

    def _start(self, torrent, folder, *options):
        self.port = self.host.port(6881)
        self.start(
            "aria2c",
            "--no-conf",
            "--enable-dht6=false",
            *self._dht(),
            *self._lsd(),
            f"--enable-peer-exchange={str(self.speaks_pex).lower()}",
            "--disable-ipv6",
            "--file-allocation=none",
            f"--interface={self.host.address}",
            f"--listen-port={self.port}",
            f"--dir={folder}",
            *self.verbosity,
            *options,
            torrent,
        )

    def _dht(self):
        if self.dht_nodes is None:
            return ["--enable-dht=false"]
        own = ["--enable-dht=true", f"--dht-listen-port={self.port}", f"--dht-file-path={self.folder / 'dht.dat'}"]
        return [*own, *(f"--dht-entry-point={node}" for node in self.dht_nodes)]

    def _lsd(self):
        if not self.speaks_lsd:
            return ["--bt-enable-lpd=false"]
        return ["--bt-enable-lpd=true", f"--bt-lpd-interface={self.host.address}"]

    def seed(self, torrent, folder):
        self._start(torrent, folder, "--check-integrity=true", "--seed-ratio=0.0")

    def fetch(self, torrent, folder):
        self._start(torrent, folder, "--seed-time=0", "--allow-overwrite=true")
