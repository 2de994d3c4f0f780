"""What a daemon costs: memory, processor time, and the time that something takes."""

import os
import time
from pathlib import Path


def status(process):
    """Anonymous memory in octets, and seconds of processor time so far."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if ":" in line)
    ticks = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields["RssAnon"].split()[0]) * 1024, (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


def timed(what, work):
    begin = time.monotonic()
    result = work()
    print(f"{what:44}{time.monotonic() - begin:10.2f} s", flush=True)
    return result


def idle_share(process, seconds=60):
    before = status(process)[1]
    time.sleep(seconds)
    return (status(process)[1] - before) / seconds
