"""Packages of npm, one version of each with all that it needs."""

import shutil
import subprocess
from pathlib import Path

from client import Failure
from shoal import BUILD

LOCKED = Path(__file__).resolve().parent / "npm"  # with the hashes of everything
COMMAND = ["npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]


class NpmPackage:
    def __init__(self, name):
        self.name = name
        self._locked = LOCKED / name
        self._folder = BUILD / "interop" / name
        self.folder = self._folder / "node_modules" / name

    def install(self):
        """Through npm, unless it is there already. Needs the outside world."""
        if self._is_current():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(self._locked / file, self._folder / file)
        try:
            done = subprocess.run(COMMAND, cwd=self._folder, capture_output=True, text=True, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failure(f"npm cannot be run: {error}") from error
        if done.returncode != 0:
            raise Failure(f"npm ci for {self.name}: {done.stderr.strip()}")
        (self._folder / "installed").write_bytes(self._lock())

    def missing(self):
        """Why it cannot be used, or nothing."""
        return None if self._is_current() else f"the npm package {self.name} could not be installed"

    def _is_current(self):
        installed = self._folder / "installed"
        return installed.exists() and installed.read_bytes() == self._lock()

    def _lock(self):
        return (self._locked / "package-lock.json").read_bytes()
