"""Real torrents with their files: the npm package webtorrent-fixtures, one version of it, checked."""

import hashlib
import subprocess
import tarfile

from client import Failure
from torrents import Payload, entries

PACKAGE = "webtorrent-fixtures"
VERSION = "2.0.3"
SHA512 = (
    "b953904b5cb44cd6fd973c626bca5a2a8d75a9d03093cf096e78ddcde73e48c1"
    "89199e172bb94f33c974d60003f3c3b77ef30f97f7b5e1d5f21fb2a26babd6a3"
)

# Those whose files are in the package, too.
NAMES = ["alice", "folder", "leaves", "lots-of-numbers", "numbers"]


def download(folder):
    """Brings the package's archive into `folder`, through npm, unless it is there already."""
    archive = _archive(folder)
    if archive.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "pack", "--loglevel=error", f"{PACKAGE}@{VERSION}"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(f"npm cannot be run: {error}") from error
    if done.returncode != 0:
        raise Failure(f"npm pack {PACKAGE}: {done.stderr.strip()}")


def payloads(folder):
    """The payloads by name, from the archive in `folder`."""
    archive = _archive(folder)
    if not archive.exists():
        raise Failure(f"the npm package {PACKAGE} could not be fetched")
    if hashlib.sha512(archive.read_bytes()).hexdigest() != SHA512:
        archive.unlink()
        raise Failure(f"{archive.name} was not the package that was expected")
    with tarfile.open(archive) as package:
        package.extractall(folder)
    files = folder / "package" / "fixtures"
    return {name: _payload(files, name) for name in NAMES}


def _archive(folder):
    return folder / f"{PACKAGE}-{VERSION}.tgz"


def _payload(folder, name):
    torrent = (folder / f"{name}.torrent").read_bytes()
    begin, _ = entries(torrent)["info"]
    begin, end = entries(torrent, begin)["name"]
    return Payload(torrent[begin:end].split(b":", 1)[1].decode(), torrent, folder)
