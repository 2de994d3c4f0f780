"""Payloads and their .torrent files, made and read by code that is not Shoal's."""

import hashlib
import random
import re
from dataclasses import dataclass
from pathlib import Path

EMPTY = hashlib.sha256().hexdigest()


def encode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(encode, value)) + b"e"
    pairs = sorted((key.encode(), item) for key, item in value.items())
    return b"d" + b"".join(encode(key) + encode(item) for key, item in pairs) + b"e"


def entries(data, at=0):
    """The keys of the dictionary at `at`, each with the span of its value: values keep their exact bytes."""
    spans, at = {}, at + 1
    while data[at : at + 1] != b"e":
        colon = data.index(b":", at)
        begin = colon + 1 + int(data[at:colon])
        end = _end(data, begin)
        spans[data[colon + 1 : begin].decode()] = (begin, end)
        at = end
    return spans


def _end(data, at):
    if data[at : at + 1] == b"i":
        return data.index(b"e", at) + 1
    if data[at : at + 1] in (b"l", b"d"):
        at += 1
        while data[at : at + 1] != b"e":
            at = _end(data, at)
        return at + 1
    length = re.match(rb"(\d+):", data[at : at + 12])
    return at + length.end() + int(length[1])


def sha1(data):
    return hashlib.sha1(data).digest()


def info_hash(torrent):
    begin, end = entries(torrent)["info"]
    return sha1(torrent[begin:end])


def announced(torrent, url):
    """The torrent with this tracker and no other; its info dictionary byte for byte as it was."""
    begin, end = entries(torrent)["info"]
    return b"d8:announce" + encode(url) + b"4:info" + torrent[begin:end] + b"e"


def private(torrent):
    """The same files in a torrent whose peers come from its trackers only (BEP 27)."""
    begin, end = entries(torrent)["info"]
    return b"d4:info" + torrent[begin : end - 1] + b"7:private" + encode(1) + b"ee"


@dataclass
class Payload:
    name: str  # the file or folder that the torrent names
    torrent: bytes
    folder: Path  # what contains `name`

    def digests(self, folder=None):
        return digests((folder or self.folder) / self.name)


def digests(path):
    """SHA-256 of every file below `path` (or of `path`), by its path relative to it."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return {str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def generate(folder, name, sizes, piece_length):
    """A payload of reproducible noise. `sizes`: an int for one file, else sizes by relative path."""
    noise = random.Random(name)
    single = isinstance(sizes, int)
    content = {path: noise.randbytes(size) for path, size in ({"": sizes} if single else sizes).items()}
    for path, data in content.items():
        file = folder / name / path if path else folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    stream = b"".join(content.values())
    pieces = [stream[at : at + piece_length] for at in range(0, len(stream), piece_length)]
    info = {
        "name": name,
        "piece length": piece_length,
        "pieces": b"".join(sha1(piece) for piece in pieces),
    }
    if single:
        info["length"] = sizes
    else:
        info["files"] = [{"length": len(data), "path": path.split("/")} for path, data in content.items()]
    return Payload(name, encode({"info": info}), folder)
