#!/usr/bin/env python3
"""What is installed works where it is installed: the program finds its plug-ins, a program links the library, a plug-in is built."""

import os
import subprocess
import tempfile
import unittest

BUILD = os.environ["SHOAL_BUILD_DIR"]
FETCH = "share/shoal/sdk/examples/fetch.c"


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    return done.returncode, done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = cls.folder.name
        code, said = run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        if code != 0:
            raise AssertionError(said)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def path(self, below):
        return os.path.join(self.prefix, below)

    def test_the_program_finds_its_plugins(self):
        code, said = run(self.path("bin/shoal"), "plugin", "list")
        self.assertEqual(code, 0, said)
        for name in ("rarest-first", "tit-for-tat", "file", "dht", "metadata", "magnet"):
            self.assertIn(name, said)
        self.assertNotIn(BUILD, said)

    def test_a_program_links_the_library(self):
        program = self.path("fetch")
        code, said = run("cc", self.path(FETCH), "-I" + self.path("include"), "-L" + self.path("lib"), "-lshoal",
                         "-Wl,-rpath," + self.path("lib"), "-o", program)
        self.assertEqual(code, 0, said)
        self.assertNotEqual(run(program)[0], 127)

    def test_the_pages_are_there(self):
        for page in ("share/man/man1/shoal.1", "lib/systemd/system/shoal.service", "share/doc/shoal/README.md",
                     "share/shoal/scripts/automation/move_on_completion.lua"):
            self.assertTrue(os.path.isfile(self.path(page)), page)


if __name__ == "__main__":
    unittest.main()
