"""The examples of the SDK, programs that embed Shoal, against a client of others: here, and as they are on 64-bit ARM."""

import shutil
import struct

from cases import Case
from client import Client, Failure
from shoal import BUILD

AARCH64 = BUILD.with_name("build-aarch64")
EMULATOR = "qemu-aarch64"
EM_AARCH64 = 183  # of elf.h


def fetches(*command):
    def run(swarm):
        payload = swarm.payloads["multi"]
        torrent = swarm.write_torrent(payload.torrent)
        seeder = swarm.seeder("libtorrent", torrent, payload)
        swarm.deadline.until(lambda: seeder.has_said("listen"), "libtorrent to listen")
        program = swarm.with_target(Client, "program")
        program.name = "the example"
        program.start(*command, torrent, program.target, seeder.endpoint)
        swarm.settle(program, payload)

    return run


def is_for_aarch64(_):
    plugins = list(AARCH64.glob("plugins/*/*.so"))
    if not plugins:
        raise Failure(f"{AARCH64} has no plug-ins")
    for path in (AARCH64 / "libshoal.so", AARCH64 / "fetch-example", *plugins):
        machine = machine_of(path)
        if machine != EM_AARCH64:
            raise Failure(f"{path} is built for machine {machine}, not {EM_AARCH64}")


def machine_of(path):
    with open(path, "rb") as file:
        magic, machine = struct.unpack("<4s14xH", file.read(20))
    if magic != b"\x7fELF":
        raise Failure(f"{path} is not an ELF file")
    return machine


def missing():
    """What of this is not on the machine, and why."""
    if not shutil.which(EMULATOR):
        return {EMULATOR: "it is not installed"}
    if not (AARCH64 / "fetch-example").exists():
        return {EMULATOR: f"{AARCH64 / 'fetch-example'} is not built"}
    return {}


def suite():
    java = ("java", f"-Djava.library.path={BUILD}", "-jar", BUILD / "fetch-example.jar")
    aarch64 = (EMULATOR, "-L", AARCH64 / "sysroot", AARCH64 / "fetch-example")
    return [
        Case("a C program that embeds shoal fetches from libtorrent", fetches(BUILD / "fetch-example"), ("libtorrent",)),
        Case("a Java program that embeds shoal fetches from libtorrent", fetches(*java), ("libtorrent",)),
        Case("a C program that embeds shoal on 64-bit ARM fetches from libtorrent", fetches(*aarch64),
             ("libtorrent", EMULATOR), seconds=180),
        Case("what another program links is built for 64-bit ARM", is_for_aarch64, (EMULATOR,)),
    ]
