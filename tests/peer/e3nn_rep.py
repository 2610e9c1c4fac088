"""e3nn evaluates 200 fresh random cases of `coset rep` in float64: irreps algebra, harmonics, Wigner D, 3j symbols, fully
connected tensor products. Numbers agree within 1e-9 of the largest one (or of 1), texts exactly.

One `coset rep batch` answers all of them; the first cases of each kind are asked a second time with a program start
each, as a person would, and must get the same bytes."""
import itertools
import json
import os
import random
import shlex

import e3nn
import numpy as np
import torch
from e3nn import o3

import meeting

CASES = 40  # of each of the five kinds
STARTED = 2  # of them also by a program start of their own
TOLERANCE = 1e-9
given = meeting.arguments()
torch.set_default_dtype(torch.float64)


def agree(found, expected, case):
    found = np.asarray(found, dtype=np.float64)
    expected = np.asarray(expected, dtype=np.float64).reshape(-1)
    assert found.shape == expected.shape, (case, found.shape, expected.shape)
    distance = np.abs(found - expected).max(initial=0.0) / max(1.0, np.abs(expected).max(initial=0.0))
    assert distance <= TOLERANCE, (case, distance)


def random_irreps(draw, blocks, lmax, mul=4):
    return "+".join(f"{draw.randint(1, mul)}x{draw.randint(0, lmax)}{draw.choice('eo')}" for _ in range(blocks))


def irreps(draw):
    text = random_irreps(draw, draw.randint(1, 8), 9, mul=20)
    theirs = o3.Irreps(text)
    ours = yield ["irreps", text]
    expected = {"print": str(theirs), "dim": theirs.dim, "num_irreps": theirs.num_irreps, "lmax": theirs.lmax,
                "sorted": str(theirs.sort().irreps), "simplified": str(theirs.simplify()),
                "regrouped": str(theirs.sort().irreps.simplify())}  # what later versions call regroup()
    assert ours == expected, (text, ours, expected)


def harmonics(draw):
    lmax = draw.randint(0, 11)
    kind = draw.choice(["component", "norm", "integral"])
    normalize = draw.random() < 0.5
    point = [draw.gauss(0, 1) for _ in range(3)]
    theirs = o3.spherical_harmonics(list(range(lmax + 1)), torch.tensor(point), normalize, kind)
    flags = [] if normalize else ["--no-normalize"]
    ours = yield ["sh", "--lmax", lmax, "--normalization", kind, *flags, "--", *map(repr, point)]
    agree(ours["values"], theirs, (lmax, kind, normalize, point))


def wigner(draw):
    degree = draw.randint(0, 10)
    angles = [draw.uniform(-7, 7) for _ in range(3)]
    theirs = o3.wigner_D(degree, *map(torch.tensor, angles))
    ours = yield ["wigner", "--l", degree, "--", *map(repr, angles)]
    assert ours["shape"] == [2 * degree + 1] * 2
    agree(ours["values"], theirs, (degree, angles))


def coupling(draw):
    l1, l2 = draw.randint(0, 6), draw.randint(0, 6)
    l3 = draw.randint(abs(l1 - l2), l1 + l2)
    theirs = o3.wigner_3j(l1, l2, l3)
    ours = yield ["cg", l1, l2, l3]
    assert ours["shape"] == list(theirs.shape)
    agree(ours["values"], theirs, (l1, l2, l3))


def product(draw):
    in1, in2, out = (random_irreps(draw, draw.randint(1, 3), 3) for _ in range(3))
    irrep = draw.choice(["component", "norm"])
    path = draw.choice(["element", "path"])
    theirs = o3.FullyConnectedTensorProduct(in1, in2, out, irrep_normalization=irrep, path_normalization=path,
                                            shared_weights=True, internal_weights=False)
    x, y, w = (torch.tensor([draw.gauss(0, 1) for _ in range(size)]) for size in
               (theirs.irreps_in1.dim, theirs.irreps_in2.dim, theirs.weight_numel))
    ours = yield ["tp", "--in1", in1, "--in2", in2, "--out", out, "--irrep-normalization", irrep, "--path-normalization",
                  path, json.dumps({"x": x.tolist(), "y": y.tolist(), "w": w.tolist()})]
    assert ours["weight_numel"] == theirs.weight_numel
    agree(ours["z"], theirs(x, y, w), (in1, in2, out, irrep, path))


def start(words):
    """The program's answer to one command line; tp reads its object from standard input."""
    words = list(map(str, words))
    given_input = words.pop() if words[0] == "tp" else None
    return meeting.call(given.program, "rep", words[0], "--json", *words[1:], input=given_input)


def main():
    seed = int.from_bytes(os.urandom(4), "little")
    print(f"seed {seed}")
    draw = random.Random(seed)
    kinds = (irreps, harmonics, wigner, coupling, product)
    cases = [kind(random.Random(draw.getrandbits(64))) for _ in range(CASES) for kind in kinds]
    questions = [next(case) for case in cases]  # each generator yields its command line and waits for the answer
    lines = "".join(shlex.join(map(str, words)) + "\n" for words in questions)
    answers = meeting.call(given.program, "rep", "batch", input=lines).splitlines(keepends=True)
    assert len(answers) == len(questions) == 200, len(answers)
    for words, answer in itertools.islice(zip(questions, answers), STARTED * len(kinds)):
        assert start(words) == answer, words
    compared = sum(1 for case, answer in zip(cases, answers) if finish(case, json.loads(answer)))
    assert compared == 200
    try:
        agree([1.0], [1.0 + 1e-6], "control")
    except AssertionError:
        print(f"e3nn {e3nn.__version__}: {compared} random cases of `coset rep` agree within {TOLERANCE}")
    else:
        raise SystemExit("the comparison accepts an error of 1e-6")


def finish(case, answer):
    """Hands the answer to the waiting case, which compares it; true when it ended without complaint."""
    try:
        case.send(answer)
    except StopIteration:
        return True
    return False


main()
