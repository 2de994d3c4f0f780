"""opentracker as Debian builds it: only torrents on its whitelist, no root."""

import urllib.parse
import urllib.request

from client import Client


class Tracker(Client):
    """What every HTTP tracker can be asked once it serves. Those here answer datagrams at the same port."""

    scheme = "http"  # of the URL that goes into torrents

    @property
    def url(self):
        return self.url_of(self.scheme)

    def url_of(self, scheme):
        return f"{scheme}://{self.endpoint}/announce"

    def swarm(self, info_hash):
        """(seeders, leechers) as the tracker has them. Raises OSError while it is starting."""
        # Not urlencode: opentracker takes a "+" for a plus.
        scrape = f"http://{self.endpoint}/scrape?info_hash={urllib.parse.quote(info_hash, safe='')}"
        with urllib.request.urlopen(scrape, timeout=5) as answer:
            reply = answer.read()
        counts = reply.split(info_hash, 1)[-1]
        return _number(counts, b"8:complete"), _number(counts, b"10:incomplete")


class Opentracker(Tracker):
    name = "opentracker"

    def serve(self, info_hash):
        self.port = self.host.port(6969)
        # It drops to this user inside a chroot of `folder`, so it needs no right to the folders above.
        (self.folder / "whitelist").write_text(info_hash.hex() + "\n")
        (self.folder / "whitelist").chmod(0o644)
        self.folder.chmod(0o755)
        config = self.folder / "opentracker.conf"
        config.write_text(
            f"listen.tcp {self.endpoint}\n"
            f"listen.udp {self.endpoint}\n"
            "access.whitelist whitelist\n"
            f"tracker.rootdir {self.folder}\n"
            "tracker.user nobody\n"
        )
        self.start("opentracker", "-f", config)


def _number(counts, key):
    at = counts.find(key + b"i")
    return int(counts[at + len(key) + 1 :].split(b"e", 1)[0]) if at >= 0 else 0
