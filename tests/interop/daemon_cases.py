"""A daemon among clients of others, and one that is killed whenever it hurts."""

import random
import tempfile
import time

import torrents
from cases import CLIENTS, OTHERS, Case
from client import Failure
from shoal import BINARY
from shoal_daemon import Refused, ShoalDaemon

KIB = 1024
KILLS = 50  # in each of four cases
LOST_AT_MOST = 2 * 16 * KIB  # octets that a kill may lose: what was on its way, and pieces that were not complete


def daemon_of(swarm):
    daemon = swarm.with_target(ShoalDaemon, "daemon")
    daemon.run()
    daemon.wait_ready(swarm.deadline)
    return daemon


def fetches_and_seeds(other):
    def run(swarm):
        payload = swarm.payloads["multi"]
        torrent = swarm.announce(payload)
        seeder = swarm.seeder(other, torrent, payload)
        swarm.until_seeders(1)
        daemon = daemon_of(swarm)
        daemon.add(torrent)
        daemon.until_state("seeding", swarm.deadline)
        seeder.stop()
        seeder.process = None  # its end is no failure
        daemon.end(swarm.deadline)
        daemon.run()
        daemon.wait_ready(swarm.deadline)
        daemon.until_state("seeding", swarm.deadline)
        swarm.until_seeders(1)
        swarm.settle(swarm.fetcher(other, torrent), payload)

    return run


def disturb(daemon, chance, places, names):
    """One of the things that a person does to a torrent, begun."""
    wish = chance.choice(["nothing", "move", "rename"])
    try:
        if wish == "move":
            return daemon.send("torrents.move", torrent=daemon.hash, folder=chance.choice(places))
        if wish == "rename":
            files = daemon.call("torrents.files", torrent=daemon.hash)
            file = chance.choice(files)
            return daemon.send("torrents.rename", torrent=daemon.hash, path=file["path"],
                               new_path=f"{chance.choice(names)}/{file['index']}.bin")
    except (OSError, Refused):
        pass
    return None


def killed(seed):
    def run(swarm):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as other_disk:
            torment(swarm, seed, other_disk)

    return run


def torment(swarm, seed, other_disk):
    chance = random.Random(seed)
    payload = torrents.generate(
        swarm.scratch, f"killed {seed}", {f"{n}.bin": 1_500_000 + 77 * n for n in range(4)}, 16 * KIB
    )
    torrent = swarm.write_torrent(payload.torrent)
    seeder = swarm.client(CLIENTS["shoal"], "shoal-seeds")
    seeder.port = seeder.host.port(6881)
    seeder.start(BINARY, "seed", torrent, "--data", payload.folder, "--listen", seeder.endpoint,
                 "--up", "600k", "--json", *seeder.discovery())
    daemon = daemon_of(swarm)
    places = [daemon.folder / "fetched", daemon.folder / "other", other_disk]
    daemon.add(torrent, peers=[seeder.endpoint], folder=str(places[0]))
    kills = 0
    while kills < KILLS:
        begun = disturb(daemon, chance, places, ["a", "b", "c/d"])
        time.sleep(chance.uniform(0.0, 0.5))
        daemon.kill()
        kills += 1
        if begun:
            begun.close()
        daemon.run()
        daemon.wait_ready(swarm.deadline)
        daemon.call("torrents.start", torrent=daemon.hash)
        daemon.call("torrents.connect", torrent=daemon.hash, peers=[seeder.endpoint])
    daemon.until_state("seeding", swarm.deadline)
    daemon.call("torrents.recheck", torrent=daemon.hash)
    if daemon.show()["progress"] != 1.0:
        raise Failure("the daemon believed in pieces that are wrong on the disk")
    time.sleep(1.5)  # it tells once a second
    served = seeder.records("status")[-1]["uploaded"]
    size = sum(file.stat().st_size for file in (payload.folder / payload.name).iterdir())
    if served > size + kills * LOST_AT_MOST:
        raise Failure(f"{served} octets were fetched of {size}, with {kills} kills")
    reader = swarm.client(CLIENTS["libtorrent"], "libtorrent-fetches")
    reader.target = reader.folder / "fetched"
    reader.target.mkdir()
    seeder.stop()
    seeder.process = None  # its end is no failure
    reader.fetch(torrent, reader.target, "--peer", daemon.endpoint)
    swarm.settle(reader, payload)


def suite():
    cases = [Case(f"a daemon fetches from {other}, is restarted and seeds to it", fetches_and_seeds(other), ("opentracker", other))
             for other in OTHERS]
    cases += [Case(f"a daemon that is killed {KILLS} times loses nothing, {seed}", killed(seed), ("libtorrent",), 240) for seed in range(1, 5)]
    return cases
