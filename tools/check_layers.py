#!/usr/bin/env python3
"""Checks that every include in coset/ follows coset/LAYERS and that no entry there is unused, that torch enters only
through its two doors, that every header begins with #pragma once and that every source includes its own header first (so
the compiler proves that the header stands alone), and that private folders (cpu/) are seen by the sources of their own
room alone. A self-test with planted faults runs first."""
import pathlib
import re
import sys
import tempfile

PRIVATE = re.compile(r"^coset/[a-z]+/cpu/")
DOORS = {"coset/ops/torch.h", "coset/nn/module.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]')


def read_layers(root):
    rooms = {}
    for line in (root / "coset/LAYERS").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            room, *deps, torch = line.split()
            rooms[room] = ({room, *deps} - {"-"}, torch == "yes")
            unknown = rooms[room][0] - rooms.keys()
            if unknown:
                sys.exit(f"coset/LAYERS: '{room}' uses {sorted(unknown)}, which is not listed before it")
    return rooms


def include_fault(rel, room, include, rooms):
    allowed, torch_allowed = rooms[room]
    head = include.split("/")[0]
    if PRIVATE.match(include) and not PRIVATE.match(rel) and (include.split("/")[1] != room or rel.endswith(".h")):
        return f"'{include}' is private to the sources of '{include.split('/')[1]}'"
    if head == "coset":
        target = include.split("/")[1]
        return f"'{room}' may not include '{target}'" if target not in allowed else None
    if head not in {"torch", "ATen", "c10"}:
        return None
    if not torch_allowed:
        return f"'{room}' is torch-free"
    if include == "torch/torch.h":
        return "never <torch/torch.h>; use " + " or ".join(sorted(DOORS))
    if rel.endswith(".h") and rel not in DOORS:
        return "headers get torch through " + " or ".join(sorted(DOORS))
    return None


def own_header_fault(path, includes):
    """A source whose header stands beside it includes that header before all else."""
    header = path.with_suffix(".h")
    if path.suffix != ".cpp" or not header.exists() or not includes:
        return None
    own = "coset/" + header.as_posix().split("/coset/")[-1]
    if own not in includes or includes[0] == own or "coset/compute/cpu/simd_begin.inc" in includes:
        return None
    return f"expected its own header '{own}' as the first include; received '{includes[0]}'"


def faults(root):
    rooms = read_layers(root)
    used = {room: set() for room in rooms}
    for path in sorted((root / "coset").rglob("*")):
        if path.suffix not in {".h", ".cpp"} or len(path.relative_to(root).parts) < 3:
            continue
        rel = path.relative_to(root).as_posix()
        room = rel.split("/")[1]
        if room not in rooms:
            yield f"{rel}: room '{room}' is not in coset/LAYERS"
            continue
        text = path.read_text()
        if path.suffix == ".h" and "#pragma once" not in text and "HWY_TARGET_TOGGLE" not in text:
            yield f"{rel}: no #pragma once"
        includes = []
        for number, line in enumerate(text.splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            includes.append(match.group(1))
            fault = include_fault(rel, room, match.group(1), rooms)
            if fault:
                yield f"{rel}:{number}: {fault}"
        used[room] |= {include.split("/")[1] for include in includes if include.startswith("coset/")}
        fault = own_header_fault(path, includes)
        if fault:
            yield f"{rel}: {fault}"
    for room, (allowed, _) in rooms.items():
        unused = sorted(allowed - used[room] - {room})
        if unused and (root / "coset" / room).exists():
            yield f"coset/LAYERS: '{room}' uses nothing of {', '.join(unused)}"


def outside_faults(root):
    """The program and the examples see what an installed library shows."""
    for folder in ("cli", "examples"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in {".h", ".cpp"}:
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                if match and PRIVATE.match(match.group(1)):
                    yield f"{path.relative_to(root).as_posix()}:{number}: '{match.group(1)}' is private to its room"


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {
            "coset/LAYERS": "base - no\nmath base no\nops base math yes\n",
            "coset/base/up.h": '#pragma once\n#include "coset/ops/x.h"\n',
            "coset/base/torchy.h": "#pragma once\n#include <torch/types.h>\n",
            "coset/ops/big.cpp": "#include <torch/torch.h>\n",
            "coset/ops/good.cpp": '#include "coset/base/up.h"\n',
            "coset/ops/bare.h": "int x;\n",
            "coset/math/late.h": "#pragma once\n",
            "coset/math/late.cpp": '#include "coset/base/up.h"\n#include "coset/math/late.h"\n',
            "coset/base/cpu/fast.h": "#pragma once\n",
            "coset/base/good_too.cpp": '#include "coset/base/cpu/fast.h"\n',
            "coset/base/shows.h": '#pragma once\n#include "coset/base/cpu/fast.h"\n',
            "coset/ops/reaches.cpp": '#include "coset/base/cpu/fast.h"\n',
            "cli/reaches.cpp": '#include "coset/base/cpu/fast.h"\n',
        }.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = [*faults(root), *outside_faults(root)]
    return len(found) == 9 and not any("good" in fault for fault in found)


if __name__ == "__main__":
    if not self_test():
        sys.exit("check_layers.py: the self-test does not find the planted faults")
    tree = pathlib.Path(__file__).resolve().parents[1]
    bad = [*faults(tree), *outside_faults(tree)]
    print("\n".join(bad) or "layers: ok")
    sys.exit(bool(bad))
