#!/usr/bin/env python3
"""Prints what Ninja's last build spent: `build_times.py BUILD_FOLDER`. The seconds of all its steps
together, of each room, and the slowest files."""
import collections
import pathlib
import re
import sys

SLOWEST = 12


def steps(log):
    """The last record of each command as (seconds, output)."""
    found = {}
    for line in log.read_text().splitlines()[1:]:
        begin, end, _, output, command = line.split("\t")
        found[command] = ((int(end) - int(begin)) / 1000, output)
    return sorted(found.values(), reverse=True)


def room(output):
    match = re.match(r"((?:coset|tests|examples|bench|cli)(?:/\w+)?)/CMakeFiles/", output)
    return match.group(1) if match and output.endswith((".o", ".gch")) else "links and the rest"


def main():
    done = steps(pathlib.Path(sys.argv[1]) / ".ninja_log")
    rooms = collections.Counter()
    for seconds, output in done:
        rooms[room(output)] += seconds
    print(f"build: {sum(rooms.values()):.0f} s in {len(done)} steps: " +
          ", ".join(f"{name} {seconds:.0f}" for name, seconds in rooms.most_common()))
    print("build: slowest: " + ", ".join(f"{re.sub('CMakeFiles/[^/]*/', '', output)[:-2]} {seconds:.0f}"
                                         for seconds, output in done[:SLOWEST] if output.endswith((".o", ".gch"))))


if __name__ == "__main__":
    main()
