#!/usr/bin/env python3
"""Checks that data flows one way: a room includes only rooms that stand left of it, and the public headers only each other and std.

This list is the order; nothing else states it. Exit status 1 with one line per offence.
"""
import pathlib
import re
import sys

ORDER = ["base", "kernels", "balls", "ops", "graph", "io", "inputs", "backends", "truth", "metrics", "causes", "verdict", "run",
         "report", "cli"]
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def offences(root):
    for path in sorted((root / "src").rglob("*.*")):
        if path.suffix not in (".h", ".cc"):
            continue
        room = path.relative_to(root / "src").parts[0]
        if room not in ORDER:
            yield "%s: the room '%s' is not in the order" % (path.relative_to(root), room)
            continue
        for include in INCLUDE.findall(path.read_text()):
            other = include.split("/")[0]
            if other in ORDER and ORDER.index(other) > ORDER.index(room):
                yield "%s includes %s, which stands right of it" % (path.relative_to(root), include)
            # The views do not see the pipeline: they read the public model only.
            if room == "report" and other in ORDER and other not in ("report", "base"):
                yield "%s includes %s: a view reads the public model only" % (path.relative_to(root), include)
    for path in sorted((root / "include" / "roundoff").glob("*.h")):
        for include in INCLUDE.findall(path.read_text()):
            if "/" in include and not include.startswith("roundoff/"):
                yield "%s includes %s: public headers include public headers and std only" % (path.relative_to(root), include)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    lines = list(offences(root))
    for line in lines:
        print(line)
    if not lines:
        print("layers: in order")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
