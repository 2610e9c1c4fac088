#!/usr/bin/env python3
"""Checks lengths and names in coset/, cli/, tests/, bench/ and examples/: headers to 200 lines, sources and tests to 400 (a
note), 600 (an error); functions to 50 lines (an error; tests are noted); no file called utils, common or helpers; no TODO
without an issue number. `--self-test` proves that the checker can fail."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ["coset", "cli", "tests", "bench", "examples"]
LIMIT = {".h": 200, ".cpp": 400}
HARD_LIMIT = 600
FUNCTION_LIMIT = 50
EMPTY_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}
TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))")
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|^[ \t]*#(?:\\\n|[^\n])*',
                   re.S | re.M)
SCOPE = re.compile(r"^\s*(?:template\s*<.*>\s*)?(?:inline\s+)?(?:namespace|class|struct|enum|union|extern)\b", re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def functions(text):
    """Triples (first line, lines, head) of the functions that stand at the level of a file, namespace or class."""
    code = NOISE.sub(blank, text)
    start, depth = 0, 0  # of the statement at hand; of braces inside a function
    begin, head = None, ""
    for at, sign in enumerate(code):
        if begin is not None:
            depth += (sign == "{") - (sign == "}")
            if depth == 0:
                yield begin, code.count("\n", 0, at) + 2 - begin, head
                begin, start = None, at + 1
        elif sign in ";}":
            start = at + 1
        elif sign == "{":
            head = code[start:at]
            if "(" in head and not SCOPE.match(head) and "=" not in re.sub(r"operator\W+|\([^()]*\)|==|<=|>=|!=", "", head):
                begin, depth = code.count("\n", 0, at - len(head.lstrip())) + 1, 1
            else:
                start = at + 1


def findings(path):
    """Pairs (is an error, text)."""
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text()
    lines = text.splitlines()
    if path.stem in EMPTY_NAMES:
        yield True, f"{name}: '{path.stem}' says nothing about the content"
    if len(lines) > HARD_LIMIT:
        yield True, f"{name}: {len(lines)} lines, at most {HARD_LIMIT}"
    elif len(lines) > LIMIT[path.suffix]:
        yield False, f"{name}: {len(lines)} lines, more than {LIMIT[path.suffix]}"
    for number, line in enumerate(lines, 1):
        if TODO.search(line):
            yield True, f"{name}:{number}: a TODO names its issue: TODO(#12)"
    for first, count, head in functions(text):
        if count > FUNCTION_LIMIT:
            yield not name.startswith("tests/"), f"{name}:{first}: a function of {count} lines, at most {FUNCTION_LIMIT}"


def self_test():
    body = "\n".join(["  f();"] * 60)
    planted = f"namespace a {{\nstruct S {{\n  int x = 0;\n  void g() const {{ /* {{ */ }}\n}};\nint f(int x) {{\n{body}\n}}\nint t[] = {{1}};\n}}\n"
    return [(first, count) for first, count, _ in functions(planted)] == [(4, 1), (6, 62)]


def main():
    if not self_test():
        sys.exit("check_sizes.py: the self-test does not measure the planted functions")
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
