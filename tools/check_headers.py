#!/usr/bin/env python3
"""Checks that every header of the torch-free rooms compiles alone: `check_headers.py COMPILER`. A header beside a source of
its name is left out, since that source includes it first (tools/check_layers.py) and the build compiles it."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I", str(ROOT), "-I", "/usr/include/eigen3", "-x", "c++"]


def torch_free_rooms():
    for line in (ROOT / "coset/LAYERS").read_text().splitlines():
        if line.strip() and not line.startswith("#") and line.split()[-1] == "no":
            yield line.split()[0]


def headers():
    for room in torch_free_rooms():
        for header in sorted((ROOT / "coset" / room).rglob("*.h")):
            per_target = "HWY_TARGET_TOGGLE" in header.read_text()  # included once per instruction set, by kernels alone
            if not per_target and not header.with_suffix(".cpp").exists():
                yield header


def fault(compiler, header):
    text = f'#include "{header.relative_to(ROOT).as_posix()}"\n'
    run = subprocess.run([compiler, *FLAGS, "-"], input=text, capture_output=True, text=True)
    return run.stderr if run.returncode else None


def main():
    compiler = sys.argv[1] if len(sys.argv) > 1 else "g++"
    if not fault(compiler, ROOT / "coset/base/not_there.h"):
        sys.exit("check_headers.py: the self-test accepts a header that is not there")
    alone = list(headers())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [text for text in pool.map(lambda header: fault(compiler, header), alone) if text]
    print("".join(faults) or f"headers: ok ({len(alone)} compiled alone)")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
