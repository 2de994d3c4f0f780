"""A web server with a torrent on it, and the other things that one finds at such addresses."""

import http.server
import sys
from pathlib import Path

from client import Client


class WebServer(Client):
    name = "web server"

    def serve(self, torrent, magnet):
        self.port = self.host.port(8000)
        self.start(sys.executable, "-B", Path(__file__).resolve(), self.host.address, self.port, torrent, magnet)

    def url(self, path):
        return f"http://{self.endpoint}/{path}"


def feed(title, more=b""):
    item = b"<item><title>" + title + b"</title><enclosure url='/x.torrent' type='application/x-bittorrent'/>" + more + b"</item>"
    return b"<rss version='2.0'><channel><title>Served</title>" + item + b"</channel></rss>"


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/feed":
            return self.answer_feed()
        if self.path.startswith("/torznab/api?"):
            return self.answer(200, "application/rss+xml", feed(b"found", b"<torznab:attr name='seeders' value='3'/>"))
        torrent, magnet = self.server.torrent, self.server.magnet
        pages = {
            "/x.torrent": (200, "application/x-bittorrent", torrent),
            "/page": (200, "text/html", b"<html>a page</html>"),
            "/huge": (200, "application/x-bittorrent", b"d" + bytes(40 << 20)),
        }
        redirects = {"/short": "x.torrent", "/magnet": magnet, "/loop": "/loop", "/file": "file:///etc/hostname"}
        if self.path in redirects:
            return self.answer(302, "text/plain", b"", redirects[self.path])
        return self.answer(*pages.get(self.path, (404, "text/html", b"<html>nothing</html>")))

    def do_POST(self):
        """What is posted is said."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        print("hook", body.decode(), file=sys.stderr, flush=True)
        return self.answer(200, "text/plain", b"")

    def answer_feed(self):
        """For whoever has the cookie, and once."""
        if self.headers.get("Cookie") != "uid=7":
            return self.answer(403, "text/html", b"<html>log in</html>")
        if self.headers.get("If-None-Match") == '"one"':
            return self.answer(304, "text/xml", b"")
        return self.answer(200, "application/rss+xml", feed(b"listed"), header=("ETag", '"one"'))

    def answer(self, status, kind, body, location=None, header=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            header = ("Location", location)
        if header:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)


def main():
    address, port, torrent, magnet = sys.argv[1:]
    with http.server.ThreadingHTTPServer((address, int(port)), Answers) as server:
        server.torrent, server.magnet = Path(torrent).read_bytes(), magnet
        server.serve_forever()


if __name__ == "__main__":
    main()
