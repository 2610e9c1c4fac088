#!/usr/bin/env python3
"""Checks lengths and names of the files in coset/, cli/, tests/, bench/ and examples/: headers to 200 lines, sources and
tests to 400 (a note), 600 (an error); no file called utils, common or helpers; no TODO without an issue number."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ["coset", "cli", "tests", "bench", "examples"]
LIMIT = {".h": 200, ".cpp": 400}
HARD_LIMIT = 600
EMPTY_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}
TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))")


def findings(path):
    """Pairs (is an error, text)."""
    name = path.relative_to(ROOT).as_posix()
    lines = path.read_text().splitlines()
    if path.stem in EMPTY_NAMES:
        yield True, f"{name}: '{path.stem}' says nothing about the content"
    if len(lines) > HARD_LIMIT:
        yield True, f"{name}: {len(lines)} lines, at most {HARD_LIMIT}"
    elif len(lines) > LIMIT[path.suffix]:
        yield False, f"{name}: {len(lines)} lines, more than {LIMIT[path.suffix]}"
    for number, line in enumerate(lines, 1):
        if TODO.search(line):
            yield True, f"{name}:{number}: a TODO names its issue: TODO(#12)"


def main():
    failed = False
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in LIMIT:
                continue
            for error, text in findings(path):
                failed |= error
                print(("error: " if error else "note: ") + text)
    print("sizes: failed" if failed else "sizes: ok")
    return failed


if __name__ == "__main__":
    sys.exit(main())
