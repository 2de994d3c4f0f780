"""A peer that has every piece, gives whatever is asked of it at once, and all of it wrong."""

import argparse
import socket
import struct

import torrents
from client import Client

CHOKE, UNCHOKE, INTERESTED, BITFIELD, REQUEST, PIECE = 0, 1, 2, 5, 6, 7


class Liar(Client):
    name = "liar"

    def seed(self, torrent, folder):
        self.port = self.host.port(6881)
        self.start("/usr/bin/python3", "-u", __file__, torrent, "--listen", self.endpoint)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("torrent")
    parser.add_argument("--listen", required=True, metavar="ADDRESS:PORT")
    options = parser.parse_args()
    with open(options.torrent, "rb") as file:
        torrent = file.read()
    address, port = options.listen.rsplit(":", 1)
    with socket.create_server((address, int(port))) as server:
        print("ready")
        while True:
            connection, _ = server.accept()
            with connection:
                print("a peer came")
                try:
                    lie(connection.makefile("rwb"), torrent)
                except OSError as error:
                    print(error)


def lie(stream, torrent):
    """Until the other side has enough of it."""
    stream.write(b"\x13BitTorrent protocol" + bytes(8) + torrents.info_hash(torrent) + b"-LI0001-" + b"x" * 12)
    stream.write(message(BITFIELD, every_piece(torrent)) + message(UNCHOKE))
    stream.flush()
    stream.read(68)  # their handshake
    while prefix := stream.read(4):
        body = stream.read(struct.unpack(">I", prefix)[0])
        if body[:1] == bytes([REQUEST]):
            begin, length = body[1:9], struct.unpack(">I", body[9:13])[0]
            stream.write(message(PIECE, begin + bytes(length)))
            stream.flush()


def every_piece(torrent):
    begin, _ = torrents.entries(torrent)["info"]
    first, last = torrents.entries(torrent, begin)["pieces"]
    count = (last - first) // 20
    bits = (1 << count) - 1 << -count % 8
    return bits.to_bytes((count + 7) // 8, "big")


def message(number, payload=b""):
    return struct.pack(">IB", 1 + len(payload), number) + payload


if __name__ == "__main__":
    main()
