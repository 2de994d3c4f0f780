"""Where clients live: each in a network namespace of its own, joined by a bridge that leads nowhere else.

`enter` moves the program into private network, mount and process namespaces (as root, or as any user where
the kernel lets users have namespaces). Everything made afterwards lives in those: the kernel removes
interfaces, names and left-over clients with the program's last breath, however it ends, and nothing can reach
the outside. Where namespaces are not allowed, clients share 127.0.0.1.
"""

import ipaddress
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading

MARK = "SHOAL_PRIVATE_NETWORK"
NETWORK = ipaddress.ip_network("10.77.0.0/16")
PRIVATE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
AS_USER = ["--user", "--map-current-user", "--keep-caps"]
# `ip netns` keeps its names in /run/netns: a private one needs no unique names and no cleaning up.
PROBE = "mount -t tmpfs none /run && ip netns add probe && ip link add hub type bridge"


def is_inside():
    return MARK in os.environ


def enter():
    """Returns whether the program is in private namespaces. Outside of them, where the kernel allows any, it
    does not return: it runs the program once more, inside, and exits as that did."""
    if is_inside():
        return True
    for options in ([], AS_USER):
        command = ["setpriv", "--pdeathsig", "KILL", *PRIVATE, *options]
        probe = subprocess.run([*command, "sh", "-c", PROBE], capture_output=True, env=_environment())
        if probe.returncode == 0:
            sys.exit(_run_inside(command))
    return False


def _run_inside(command):
    sys.stdout.flush()
    # unshare blocks SIGTERM and SIGINT while it waits: only its own end ends what is inside.
    inside = subprocess.Popen([*command, sys.executable, *sys.argv], env={**_environment(), MARK: "1"})
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: inside.kill())
    code = inside.wait()
    return code if code >= 0 else 128 - code


class Host:
    """A place for one client: an address, ports of its own, and how to start a program there."""

    def __init__(self, address, namespace=None):
        self.address = address
        self.namespace = namespace

    @property
    def is_loopback(self):
        return self.namespace is None

    def command(self, arguments):
        if self.namespace is None:
            return ["setpriv", "--pdeathsig", "KILL", *arguments]
        return ["nsenter", f"--net=/run/netns/{self.namespace}", *arguments]

    def port(self, usual):
        """`usual` where the host is the client's own, a free one where it is shared."""
        if self.namespace is not None:
            return usual
        with socket.socket() as probe:
            probe.bind((self.address, 0))
            return probe.getsockname()[1]


class Network:
    """Hands out hosts. The program itself sits on the bridge and reaches them all."""

    def __init__(self, is_private):
        self.is_private = is_private
        self.address = str(NETWORK[1]) if is_private else "127.0.0.1"  # the program's own
        self._lock = threading.Lock()
        self._numbers = itertools.count(2)
        if is_private:
            _run("mount", "-t", "tmpfs", "none", "/run")
            _run("ip", "link", "set", "lo", "up")
            _run("ip", "link", "add", "hub", "type", "bridge")
            _run("ip", "address", "add", f"{self.address}/{NETWORK.prefixlen}", "dev", "hub")
            _run("ip", "link", "set", "hub", "up")

    def host(self):
        if not self.is_private:
            return Host(self.address)
        with self._lock:
            number = next(self._numbers)
        name, cable, address = f"host{number}", f"cable{number}", str(NETWORK[number])
        _run("ip", "netns", "add", name)
        _run("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name)
        _run("ip", "link", "set", cable, "master", "hub", "up")
        _run("ip", "-n", name, "address", "add", f"{address}/{NETWORK.prefixlen}", "dev", "eth0")
        _run("ip", "-n", name, "link", "set", "eth0", "up")
        _run("ip", "-n", name, "link", "set", "lo", "up")
        # Who joins a multicast group on no interface in particular (Transmission) needs a route.
        _run("ip", "-n", name, "route", "add", "224.0.0.0/4", "dev", "eth0")
        return Host(address, name)


def _environment():
    """`ip` and `unshare` live in sbin, which a user's PATH may lack."""
    path = os.environ.get("PATH", "")
    return {**os.environ, "PATH": f"{path}:/usr/sbin:/sbin"}


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, env=_environment())
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
