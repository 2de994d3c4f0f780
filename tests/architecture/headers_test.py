#!/usr/bin/env python3
"""Every public header compiles alone, without a warning: the ABI as C11, C17 and C++20, the rest as C++20, with gcc and clang."""

import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.environ.get("SHOAL_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INCLUDE = os.path.join(ROOT, "sdk", "include")
TESTING = os.path.join(ROOT, "sdk")
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def first_of(*names):
    return next((found for found in map(shutil.which, names) if found), None)


C_COMPILERS = {"gcc": first_of("gcc"), "clang": first_of("clang-14", "clang")}
CXX_COMPILERS = {"g++": first_of("g++"), "clang++": first_of("clang++-14", "clang++")}


def headers(folder, ending):
    for place, folders, names in os.walk(os.path.join(INCLUDE, folder)):
        folders.sort()
        for name in sorted(names):
            if name.endswith(ending):
                yield os.path.relpath(os.path.join(place, name), INCLUDE)


def compile_alone(compiler, standard, header):
    """The compiler's complaints about a file that includes nothing but this header, twice."""
    language = "c" if standard in ("c11", "c17") else "c++"
    source = f"#include <{header}>\n#include <{header}>\nint shoal_has_one_declaration;\n"
    run = subprocess.run(
        [compiler, f"-std={standard}", *WARNINGS, "-fsyntax-only", "-I", INCLUDE, "-x", language, "-"],
        input=source, capture_output=True, text=True, timeout=300, check=False,
    )
    return "" if run.returncode == 0 else f"{os.path.basename(compiler)} -std={standard} {header}:\n{run.stderr}"


class Headers(unittest.TestCase):
    def check(self, cases):
        cases = list(cases)
        self.assertGreater(len(cases), 0)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            complaints = [found for found in pool.map(lambda case: compile_alone(*case), cases) if found]
        self.assertEqual(complaints, [], "\n".join(complaints))

    def test_the_compilers_are_there(self):
        missing = [name for name, found in {**C_COMPILERS, **CXX_COMPILERS}.items() if not found]
        self.assertEqual(missing, [], "the test needs gcc and clang")

    def test_the_abi_is_c11_and_c17(self):
        abi = list(headers("shoal/abi", ".h"))
        self.assertGreater(len(abi), 5)
        self.check((c, standard, header) for c in C_COMPILERS.values() for standard in ("c11", "c17") for header in abi)

    def test_the_abi_is_cxx20_as_well(self):
        self.check((cxx, "c++20", header) for cxx in CXX_COMPILERS.values() for header in headers("shoal/abi", ".h"))

    def test_every_other_header_is_cxx20(self):
        rest = list(headers("shoal", ".hpp"))
        self.assertGreater(len(rest), 20)
        self.check((cxx, "c++20", header) for cxx in CXX_COMPILERS.values() for header in rest)

    def test_a_header_that_needs_another_first_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "needy.hpp")
            with open(path, "w", encoding="utf-8") as file:
                file.write("#pragma once\nstd::vector<int> numbers();\n")
            for compiler in CXX_COMPILERS.values():
                run = subprocess.run(
                    [compiler, "-std=c++20", "-fsyntax-only", "-x", "c++", "-"],
                    input=f'#include "{path}"\n', capture_output=True, text=True, check=False,
                )
                self.assertNotEqual(run.returncode, 0)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
