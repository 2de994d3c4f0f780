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


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
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

    def answer(self, status, kind, body, location=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


def main():
    address, port, torrent, magnet = sys.argv[1:]
    with http.server.ThreadingHTTPServer((address, int(port)), Answers) as server:
        server.torrent, server.magnet = Path(torrent).read_bytes(), magnet
        server.serve_forever()


if __name__ == "__main__":
    main()
