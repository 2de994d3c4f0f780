#!/usr/bin/env python3
"""The tree keeps the rules, and each rule finds what breaks it."""

import os
import unittest

import rules

ROOT = os.environ.get("SHOAL_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class TheTree(unittest.TestCase):
    def setUp(self):
        self.files = list(rules.files_of(ROOT))

    def test_there_is_something_to_check(self):
        paths = [path for path, _ in self.files]
        for top in ("core/", "sdk/include/", "plugins/", "tests/"):
            self.assertGreater(sum(path.startswith(top) for path in paths), 10, top)

    def test_every_rule_is_kept(self):
        for rule in rules.RULES:
            with self.subTest(rule=rule.__name__):
                complaints = list(rule(self.files))
                self.assertEqual(complaints, [], rule.__doc__ + "\n" + "\n".join(complaints))


class TheRules(unittest.TestCase):
    def complaints(self, rule, *files):
        return list(rule([(path, text) for path, text in files]))

    def test_core_and_plugins_do_not_include_each_other(self):
        core = ("core/peer/link.hpp", "#pragma once\n")
        plugin = ("plugins/picker/mine/mine.hpp", "#pragma once\n")
        for path, text in (
            ("plugins/picker/mine/plugin.cpp", '#include "peer/link.hpp"\n'),
            ("plugins/picker/mine/plugin.cpp", '#include "../../../core/peer/link.hpp"\n'),
            ("plugins/picker/other/plugin.cpp", '#include "../mine/mine.hpp"\n'),
            ("plugins/picker/mine/plugin.cpp", "#include <boost/asio/post.hpp>\n"),
            ("plugins/picker/mine/plugin.cpp", "#include <fmt/format.h>\n"),
            ("plugins/picker/mine/plugin.cpp", "#include <openssl/evp.h>\n"),
            ("plugins/picker/mine/plugin.cpp", "#include <shoal/nowhere.hpp>\n"),
            ("core/peer/link.cpp", '#include "../../plugins/picker/mine/mine.hpp"\n'),
            ("core/peer/link.cpp", '#include "mine/mine.hpp"\n'),
            ("core/peer/link.cpp", "#include <boost/asio.hpp>\n"),
        ):
            with self.subTest(path=path, text=text):
                found = self.complaints(rules.wrong_includes, core, plugin, (path, text))
                self.assertEqual(len(found), 1)
                self.assertTrue(found[0].startswith(path + ":1: "), found[0])

    def test_what_plugins_may_include_they_may(self):
        text = '#include "mine.hpp"\n#include <shoal/picker.hpp>\n#include <vector>\n#include <sys/stat.h>\n'
        files = (
            ("sdk/include/shoal/picker.hpp", "#pragma once\n#include <cstdint>\n"),
            ("plugins/picker/mine/mine.hpp", "#pragma once\n"),
            ("plugins/picker/mine/plugin.cpp", text),
        )
        self.assertEqual(self.complaints(rules.wrong_includes, *files), [])

    def test_a_listed_library_is_for_the_listed_file_alone(self):
        text = "#include <openssl/evp.h>\n"
        self.assertEqual(self.complaints(rules.wrong_includes, ("plugins/discovery/dht/ed25519.cpp", text)), [])
        self.assertEqual(len(self.complaints(rules.wrong_includes, ("plugins/discovery/dht/node.cpp", text))), 1)

    def test_a_shared_part_is_for_the_listed_plugins_alone(self):
        part = ("plugins/script/sandbox/sandbox.hpp", "#pragma once\n")
        text = '#include "sandbox/sandbox.hpp"\n'
        self.assertEqual(self.complaints(rules.wrong_includes, part, ("plugins/picker/lua/lua_picker.cpp", text)), [])
        for path in ("plugins/picker/mine/plugin.cpp", "core/peer/link.cpp"):
            self.assertEqual(len(self.complaints(rules.wrong_includes, part, (path, text))), 1, path)
        missing = '#include "sandbox/nowhere.hpp"\n'
        self.assertEqual(len(self.complaints(rules.wrong_includes, part, ("plugins/script/lua/script.cpp", missing))), 1)

    def test_the_sdk_needs_nobody(self):
        for path, text in (
            ("sdk/include/shoal/a.hpp", "#include <boost/url.hpp>\n"),
            ("sdk/include/shoal/a.hpp", "#include <fmt/format.h>\n"),
            ("sdk/include/shoal/a.hpp", '#include "peer/link.hpp"\n'),
            ("sdk/include/shoal/abi/a.h", "#include <stdbool.h>\n"),
            ("sdk/include/shoal/abi/a.h", "#include <cstdint>\n"),
            ("sdk/testing/a.hpp", '#include "peer/link.hpp"\n'),
        ):
            with self.subTest(path=path, text=text):
                self.assertEqual(len(self.complaints(rules.wrong_includes, (path, text))), 1)

    def test_build_files_keep_them_apart_as_well(self):
        self.assertTrue(self.complaints(rules.wrong_links, ("plugins/a/b/CMakeLists.txt", "LIBRARIES shoal_core\n")))
        self.assertTrue(self.complaints(rules.wrong_links, ("core/CMakeLists.txt", "picker_endgame_logic\n")))
        self.assertFalse(self.complaints(rules.wrong_links, ("tests/CMakeLists.txt", "shoal_core picker_endgame_logic\n")))

    def test_a_long_file_is_found_and_so_is_a_listed_one_that_is_not_long(self):
        listed = next(iter(rules.LONG_FILES))
        rest = [(path, "x\n" * 501) for path in rules.LONG_FILES if path != listed]
        self.assertEqual(self.complaints(rules.long_files, ("core/a.cpp", "x\n" * 500), (listed, "x\n" * 501), *rest), [])
        self.assertEqual(len(self.complaints(rules.long_files, ("core/a.cpp", "x\n" * 501), (listed, "x\n" * 501), *rest)), 1)
        self.assertEqual(len(self.complaints(rules.long_files, (listed, "x\n"), *rest)), 1)
        self.assertEqual(len(self.complaints(rules.long_files, *rest)), 1)

    def test_names_that_say_nothing_are_found(self):
        for path, text in (
            ("core/util/text.hpp", ""),
            ("core/peer/peer_helper.cpp", ""),
            ("tests/unit/common.hpp", ""),
            ("core/a.hpp", "class PeerManager {\n"),
            ("core/a.hpp", "struct Utils;\n"),
            ("core/a.hpp", "namespace shoal_helpers {\n"),
            ("core/a.hpp", "class SHOAL_EXPORT LinkImpl {\n"),
        ):
            with self.subTest(path=path, text=text):
                self.assertEqual(len(self.complaints(rules.nameless_names, (path, text))), 1)
        for path, text in (
            ("core/peer/utility_of_pieces.hpp.txt", ""),
            ("core/a.cpp", "// a manager of nothing\n"),
            ("core/a.cpp", "class Community;\nclass Implied;\n#include <utility>\n"),
        ):
            with self.subTest(path=path, text=text):
                self.assertEqual(
                    [c for c in self.complaints(rules.nameless_names, (path, text)) if "utility_of" not in c], []
                )

    def test_a_header_without_a_guard_is_found(self):
        self.assertTrue(self.complaints(rules.missing_guards, ("core/a.hpp", "int x;\n")))
        self.assertTrue(self.complaints(rules.missing_guards, ("sdk/include/shoal/abi/a.h", "#pragma once\n")))
        guarded = "#ifndef SHOAL_ABI_A_H\n#define SHOAL_ABI_A_H\n#endif\n"
        self.assertFalse(self.complaints(rules.missing_guards, ("sdk/include/shoal/abi/a.h", guarded)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
