"""The rules of the tree, each a function from files to complaints.

A file is (path below the root, text). A complaint is a sentence that begins with the path.
"""

import os
import posixpath
import re

SOURCE_ENDINGS = (".hpp", ".cpp", ".h", ".c")
CHECKED_ENDINGS = SOURCE_ENDINGS + (".py", ".lua", ".cmake")
TOP_FOLDERS = ("core", "sdk", "plugins", "tests", "scripts")

# Longer than 500 lines, and why it stays in one piece.
LONG_FILES = {
    "tests/unit/peer/stream_link_test.cpp": "one link, all that can happen to it; the scenes share one fixture",
}
LONGEST = 500

# What a plug-in may not write itself, and in which of its files alone it is used.
PLUGIN_LIBRARIES = {
    "plugins/discovery/dht/ed25519.cpp": "openssl/",
    "plugins/feed/rules/regex.cpp": "pcre2.h",
    "plugins/feed/rss/encoding.cpp": "iconv.h",
    "plugins/feed/rss/xml.cpp": "pugixml.hpp",
    "plugins/script/lua/regex.cpp": "pcre2.h",
    "plugins/script/sandbox/lua_api.hpp": ("lua.h", "lauxlib.h", "lualib.h"),
}

# What several plug-ins are linked with, and which of them: a folder below plugins/ that is no plug-in.
SHARED_PARTS = {
    "plugins/script/sandbox": ("plugins/script/lua", "plugins/picker/lua", "plugins/choker/lua"),
}

STANDARD_HEADERS = frozenset(
    """algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits
    clocale cmath compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint cstdio
    cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem format forward_list fstream functional
    future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory
    memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore
    set shared_mutex source_location span sstream stack stdexcept stop_token streambuf string string_view strstream
    syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray
    variant vector version stddef.h stdint.h""".split()
)
POSIX_HEADER = re.compile(
    r"^(unistd|fcntl|poll|dirent|dlfcn|errno|pthread|sched|signal|termios|time|syslog|netdb|elf|execinfo|ifaddrs|"
    r"stdlib|string|stdio|spawn)\.h$|^(sys|netinet|arpa|net|linux)/[a-z0-9_]+\.h$"
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)

NAMELESS = r"(util|utils|utility|common|misc|manager|helper|helpers)"
NAMELESS_FILE = re.compile(rf"(^|[-_./]){NAMELESS}([-_./]|$)", re.IGNORECASE)
NAMELESS_TYPE = re.compile(
    r"\b(?:class|struct|enum class|concept|namespace)\s+(?:SHOAL_\w+\s+)?"
    r"(\w*(?:Manager|Helper|Utils?|Handler|Impl|Common)(?![a-rt-z])\w*|\w*_?(?:utils?|common|misc|manager|helpers?)_?\b)"
)


def files_of(root):
    """Everything in the tree that somebody wrote, in order."""
    for top in TOP_FOLDERS:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = sorted(f for f in folders if not f.startswith((".", "__")))
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
                if name.endswith(CHECKED_ENDINGS) or name == "CMakeLists.txt":
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        yield path, file.read()


def includes_of(text):
    """(line, is it in quotes, what) of each include."""
    for found in INCLUDE.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found[1] == '"', found[2]


def is_system(what):
    return what in STANDARD_HEADERS or POSIX_HEADER.match(what) is not None


def beside(path, what):
    """Where a quoted include beside the file leads."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), what))


def shared_part(plugin, what):
    """Where a quoted include leads that is no file of the plug-in's own, if it is one of a part that it may use."""
    for part, users in SHARED_PARTS.items():
        if plugin in users and what.startswith(posixpath.basename(part) + "/"):
            return posixpath.dirname(part) + "/" + what
    return None


def may_include(path, is_quoted, what, exists):
    """None, or why this include is against the rules."""
    top = path.split("/")[0]
    target = beside(path, what)
    if top == "plugins":
        home = "/".join(path.split("/")[:3]) + "/"
        if is_quoted:
            if target.startswith(home) and exists(target):
                return None
            part = shared_part(home.rstrip("/"), what)
            return None if part and exists(part) else "a plug-in includes its own files alone"
        if what.startswith("shoal/") and exists("sdk/include/" + what):
            return None
        if path in PLUGIN_LIBRARIES and what.startswith(PLUGIN_LIBRARIES[path]):
            return None
        return None if is_system(what) else "plug-ins are written on <shoal/…>, the standard library and POSIX alone"
    if path.startswith("sdk/include/shoal/abi/"):
        if is_quoted:
            return None if target.startswith("sdk/include/shoal/abi/") and exists(target) else "the ABI includes itself"
        return None if what in ("stdint.h", "stddef.h") else "the ABI needs <stdint.h> and <stddef.h> alone"
    if path.startswith("sdk/include/"):
        if not is_quoted and what.startswith("shoal/") and exists("sdk/include/" + what):
            return None
        return None if not is_quoted and is_system(what) else "the SDK includes <shoal/…>, the standard library and POSIX alone"
    if top == "sdk":
        if is_quoted:
            return None if exists("sdk/" + what) or exists(target) else "there is no such file in the SDK"
        if what == "jni.h" and path.startswith("sdk/examples/java/"):
            return None
        return None if what.startswith("shoal/") or is_system(what) else "the SDK needs nothing but itself"
    if top == "core":
        if is_quoted:
            inside = target.startswith("core/") and exists(target)
            return None if inside or exists("core/" + what) else "the core includes its own files alone"
        if what == "boost/asio.hpp":
            return "all of Asio: include the parts that are needed"
        if what.startswith("shoal/"):
            return None if exists("sdk/include/" + what) else "there is no such file in the SDK"
    return None


def wrong_includes(files):
    """Core and plug-ins never include each other; both include the SDK, which includes neither."""
    files = list(files)
    paths = {path for path, _ in files}
    for path, text in files:
        if not path.endswith(SOURCE_ENDINGS):
            continue
        for line, is_quoted, what in includes_of(text):
            why = may_include(path, is_quoted, what, paths.__contains__)
            if why:
                yield f"{path}:{line}: includes {what}: {why}"


def wrong_links(files):
    """What the build files say: a plug-in links nothing of the core, the core nothing of a plug-in."""
    for path, text in files:
        if not path.endswith("CMakeLists.txt"):
            continue
        if path.startswith("plugins/") and re.search(r"\bshoal_(core|cli)\b|/core\b", text):
            yield f"{path}: a plug-in must not know the core"
        if path.startswith("core/") and re.search(r"\bplugins/|\b(picker|choker|storage|tracker|service)_[a-z_]+_logic\b", text):
            yield f"{path}: the core must not know a plug-in"


def long_files(files):
    """Nobody reads a file of more than 500 lines with pleasure; those that must be so long say why."""
    seen = set()
    for path, text in files:
        lines = text.count("\n")
        if path in LONG_FILES:
            seen.add(path)
            if lines <= LONGEST:
                yield f"{path}: has {lines} lines and need not be listed as a long file"
        elif lines > LONGEST:
            yield f"{path}: has {lines} lines, more than {LONGEST}: split it, or list it with a reason"
    for path in sorted(set(LONG_FILES) - seen):
        yield f"{path}: is listed as a long file and does not exist"


def nameless_names(files):
    """A name says what is in there: `util`, `common`, `manager` and `helper` say nothing."""
    for path, text in files:
        if NAMELESS_FILE.search(path):
            yield f"{path}: its name says nothing"
        if not path.endswith(SOURCE_ENDINGS):
            continue
        for found in NAMELESS_TYPE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{path}:{line}: the name {found[1]} says nothing"


def missing_guards(files):
    """C++ headers begin with a pragma; the ABI, which is C, has guards."""
    for path, text in files:
        if path.endswith(".hpp") and "#pragma once" not in text:
            yield f"{path}: has no #pragma once"
        if path.startswith("sdk/include/shoal/abi/"):
            guard = "SHOAL_ABI_" + posixpath.basename(path)[:-2].upper() + "_H"
            if f"#ifndef {guard}\n#define {guard}\n" not in text:
                yield f"{path}: has no guard {guard}"


RULES = (wrong_includes, wrong_links, long_files, nameless_names, missing_guards)
