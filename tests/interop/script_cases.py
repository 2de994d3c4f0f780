"""Scripts in a daemon: how people look after them with `shoal script`, and that nothing they do slows the download beside them."""

import json
import os
import subprocess
import time

import torrents
from cases import Case
from client import Failure
from shoal import BINARY
from shoal_daemon import ShoalDaemon
from tracker_cases import require

RATE = 200_000  # octets a second, as the seeder gives them
KEPT = 0.8  # of the rate, at least
MEASURED = 8  # seconds; what libtorrent lets through is even over some of them
PIECE_LENGTH = 32 * 1024

# Each ends in its handler's suspension: it fails at every piece that comes.
ATTACKS = {
    "endless loop": "while true do end",
    "loop inside pcall": "while true do pcall(function() while true do end end) end",
    "coroutine bomb": "local all = {} while true do all[#all + 1] = coroutine.create(function() end) end",
    "coroutines without end": "while true do pcall(coroutine.wrap(function() while true do end end)) end",
    "text of a gigabyte": "return ('x'):rep(1e9 // 1 | 0)",
    "catastrophic pattern": "return ('a'):rep(5000):find('.-.-.-.-.-.-b')",
    "catastrophic regular expression": "assert(shoal.re.find(('a'):rep(5000), '(a+)+$b'))",
    "finalizer": "setmetatable({}, { __gc = function() while true do end end })",
    "error that is no text": "error(setmetatable({}, { __tostring = function() while true do end end }))",
    "deep recursion": "local function f() return 1 + f() end return f()",
    "memory": "local all = {} while true do all[#all + 1] = { #all } end",
    "ten thousand timers": "for i = 1, 10000 do assert(shoal.time.every('t' .. i, 0.05, function() end)) end",
}
ATTACKER = """shoal.on("piece.verified", "attacker", function()
    {attack}
end)
"""


def says(daemon, *words, code=0):
    """What `shoal script` prints, for the daemon's host."""
    command = daemon.host.command([str(word) for word in (BINARY, "script", *words)])
    environment = {**os.environ, "HOME": str(daemon.folder), "XDG_CONFIG_HOME": str(daemon.folder)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    if done.returncode != code:
        raise Failure(f"shoal script {words[0]} ended with {done.returncode}, not {code}: {done.stdout}{done.stderr}")
    return done.stdout


def with_scripts(swarm):
    daemon = swarm.with_target(ShoalDaemon, "daemon")
    daemon.scripts = daemon.folder / "scripts"
    daemon.scripts.mkdir()
    daemon.run(f"folders.scripts={daemon.scripts}")
    daemon.wait_ready(swarm.deadline)
    return daemon


def script_of(daemon, name):
    daemon.check_alive()
    return next((script for script in daemon.call("scripts.list") if script["script"] == name), None)


def until_script(swarm, daemon, name, condition, what):
    swarm.deadline.until(lambda: (script := script_of(daemon, name)) and condition(script), what)


def looked_after(swarm):
    daemon = with_scripts(swarm)
    require("the status without scripts", "no scripts" in says(daemon, "status", "--socket", daemon.socket), True)
    made = says(daemon, "new", "mine", "-o", daemon.scripts).split()
    require("what is new", [path.rsplit("/", 1)[1] for path in made], ["mine.lua", "mine_test.lua"])
    require("that its test passes", says(daemon, "test", daemon.scripts).splitlines()[-1], "1 passed, 0 failed")
    until_script(swarm, daemon, "mine", lambda script: script["handlers"], "the new script to run")
    status = says(daemon, "status", "--socket", daemon.socket)
    require("its status", status.startswith("mine: runs, 0 timers, "), True)
    require("its handler", "  say so (torrent.finished): 0 calls, 0 failures\n" in status, True)
    require("where the rest is said", "`shoal ctl call scripts.list` says the rest" in status, True)

    payload = swarm.payloads["multi"]
    torrent = daemon.add(swarm.write_torrent(payload.torrent), stopped=True)
    run = ("run", "mine", "--event", "torrent.finished", "--torrent", torrent[:8], "--socket", daemon.socket)
    require("what its handler says", says(daemon, *run), f"info: {payload.name} is complete, in {daemon.target}\nsay so: done\n")
    (shown,) = map(json.loads, says(daemon, "status", "mine", "--json", "--socket", daemon.socket).splitlines())
    require("that it was called", [handler["calls"] for handler in shown["handlers"]], [1])
    says(daemon, "status", "nobody", "--socket", daemon.socket, code=5)
    told_of_mistakes(swarm, daemon)


def told_of_mistakes(swarm, daemon):
    (daemon.scripts / "mine_test.lua").write_text("test('fails', function(t) t:equal(1, 2) end)\n")
    require("a test that fails", "1 is not 2" in says(daemon, "test", daemon.scripts, code=1), True)
    (daemon.scripts / "broken.lua").write_text("this is no Lua\n")
    (daemon.scripts / "opts").mkdir(exist_ok=True)
    (daemon.scripts / "opts" / "mine.conf").write_text("ratoi = 1\n")
    (daemon.scripts / "mine.lua").write_text("shoal.opts { ratio = 1 } shoal.on('torrent.finished', 'fails', function(e) error('oh: ' .. e.word) end)\n")
    until_script(swarm, daemon, "broken", lambda script: script.get("error"), "the broken script to be told of")
    until_script(swarm, daemon, "mine", lambda script: script["handlers"] and script["handlers"][0]["name"] == "fails", "the new version to run")
    status = says(daemon, "status", "--socket", daemon.socket)
    require("the option that it does not have", "  warning: opts/mine.conf: there is no option ratoi\n" in status, True)
    require("the status of a broken script", "broken: does not run" in status and "broken:1:" in status, True)
    failed = ("run", "mine", "--event", "torrent.finished", "--payload", '{"word": "no"}', "--socket", daemon.socket)
    said = says(daemon, *failed, code=1)
    require("a handler that fails", "fails: failed" in said and "mine:1: oh: no" in said, True)
    require("a handler for nothing", says(daemon, "run", "mine", "--event", "x.y", "--socket", daemon.socket, code=5), "")


def downloaded(daemon):
    shown = daemon.show()
    if shown["state"] != "downloading":
        raise Failure(f"the download is {shown['state']}: it was too short")
    return shown["downloaded"]


def rate_until(daemon, swarm, condition, what):
    """Octets a second, for some seconds and until the condition holds."""
    begin, before = time.monotonic(), downloaded(daemon)
    time.sleep(MEASURED)
    swarm.deadline.until(condition, what)
    return (downloaded(daemon) - before) / (time.monotonic() - begin)


def suspended(daemon):
    scripts = {script["script"]: script for script in daemon.call("scripts.list")}
    handlers = {name: script["handlers"][0] for name, script in scripts.items() if script["handlers"]}
    return {name: scripts[name]["error"] for name, handler in handlers.items() if handler["suspended"]}


def keeps_its_rate(swarm):
    payload = torrents.generate(swarm.scratch / "payload", "long", 150 * RATE, PIECE_LENGTH)
    torrent = swarm.write_torrent(payload.torrent)
    seeder = swarm.seeder("libtorrent", torrent, payload, upload_rate=RATE)
    daemon = with_scripts(swarm)
    daemon.add(torrent, peers=[seeder.endpoint])
    swarm.deadline.until(lambda: daemon.check_alive() or daemon.show()["downloaded"] > RATE, "the download to be under way")
    alone = rate_until(daemon, swarm, lambda: True, "nothing")
    for name, attack in ATTACKS.items():
        (daemon.scripts / f"{name}.lua").write_text(ATTACKER.format(attack=attack))
    beside = rate_until(daemon, swarm, lambda: len(suspended(daemon)) == len(ATTACKS), "all attackers to be suspended")
    print(f"        {alone / 1000:.0f} kB/s alone, {beside / 1000:.0f} kB/s beside {len(ATTACKS)} scripts that attack", flush=True)
    if beside < KEPT * alone:
        raise Failure(f"{beside:.0f} octets a second beside scripts that attack, and {alone:.0f} alone")
    silent = [name for name, why in suspended(daemon).items() if not why.strip()]
    require("who was suspended without a reason", silent, [])
    (daemon.scripts / "bystander.lua").write_text("shoal.on('piece.verified', 'h', function() end)\n")
    until_script(swarm, daemon, "bystander", lambda script: script["handlers"] and script["handlers"][0]["calls"], "others to go on")


def suite():
    return [
        Case("scripts are written, tested, run by hand and looked at through the command line", looked_after, ()),
        Case("a download keeps its rate beside scripts that attack every limit", keeps_its_rate, ("libtorrent",), 240),
    ]
