#!/usr/bin/env python3
"""Checks the documentation against the tree.

  check_docs.py links                 every relative link and anchor of the Markdown files leads somewhere
  check_docs.py commands PROGRAM      every `coset ...` line names a verb and options that PROGRAM knows
  check_docs.py code FOLDER           writes the fenced C++ into FOLDER/docs_core.cpp and FOLDER/docs_torch.cpp, for the build

A fenced block of C++ is a whole program or the inside of a function. What the reader sees can lean on lines he does not see:
an HTML comment right above the fence that begins with `cpp`. A fence `c++` is an excerpt of an example, which is compiled
there."""
import functools
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"(?:^<!-- cpp\n(?P<hidden>.*?)-->\n+)?^```cpp\n(?P<code>.*?)^```", re.S | re.M)
COMMAND = re.compile(r"^(?:\$ )?coset .*|`coset [^`]*`", re.M)
FENCE = re.compile(r"^```.*?^```", re.S | re.M)
TORCH = re.compile(r'#include "coset/(ops|field|graph|nn|verify|model|train|task)/|\bTensor\b')


def pages():
    return sorted(p for p in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")]
                  if "build" not in p.relative_to(ROOT).parts)


def anchor(title):
    """As forges make it: lower case, spaces to hyphens, everything but letters, digits, hyphens and underscores gone."""
    return re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()).strip().replace(" ", "-")


@functools.cache
def anchors(page):
    text = FENCE.sub("", page.read_text())
    return ({anchor(title) for title in re.findall(r"^#+ +(.*)$", text, re.M)} |
            set(re.findall(r'<a (?:id|name)="([^"]+)"', text)))


def link_faults():
    for page in pages():
        for link in LINK.findall(re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text()))):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, name = link.partition("#")
            if "." not in path and "/" not in path and path:
                continue  # a formula: [L_g f](x)
            target = (page.parent / path).resolve() if path else page
            if not target.exists():
                yield f"{page.relative_to(ROOT)}: '{link}' leads nowhere"
            elif name and target.suffix == ".md" and name not in anchors(target):
                yield f"{page.relative_to(ROOT)}: no heading '#{name}' in {target.relative_to(ROOT)}"


def commands():
    """Pairs (page, words) of the lines that call the program, in fences and in code spans. The changelog tells of old ones."""
    for page in pages():
        if page.name == "CHANGELOG.md":
            continue
        for line in COMMAND.findall(page.read_text()):
            line = re.split(r" # | \| | > | && |; ", line.strip("`").removeprefix("$ "))[0].replace("...", "")
            try:
                yield page, shlex.split(line)
            except ValueError:
                yield page, ["coset", line]


def command_faults(program):
    @functools.cache
    def help_of(verb):
        return subprocess.run([program, *verb, "--help"], capture_output=True, text=True).stdout

    def verbs_in(text):
        return set(re.findall(r"^  ([a-z][\w-]*)(?:,\S+)?  ", text.split("Subcommands:")[-1], re.M)) if "Subcommands:" in text else set()

    for page, words in commands():
        verb, rest = (), words[1:]
        if rest[:1] == ["help"]:
            rest = rest[1:]
        while rest and rest[0] in verbs_in(help_of(verb)):
            verb, rest = (*verb, rest[0]), rest[1:]
        if not verb and rest and re.match(r"[a-z]", rest[0]):
            yield f"{page.relative_to(ROOT)}: the program has no verb '{rest[0]}'"
        for option in (word.split("=")[0] for word in rest if re.match(r"--?[a-z]", word)):
            if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", help_of(verb)):
                yield f"{page.relative_to(ROOT)}: 'coset {' '.join(verb)}' has no option '{option}'"


def code(folder):
    """One source below the torch line and one above it; each block in a namespace of its own."""
    parts = {"core": ([], []), "torch": ([], [])}
    for page in pages():
        for number, block in enumerate(BLOCK.finditer(page.read_text()), 1):
            hidden, shown = block["hidden"] or "", block["code"]
            includes, bodies = parts["torch" if TORCH.search(hidden + shown) else "core"]
            lines = (hidden + shown).splitlines()
            includes += [line for line in lines if line.startswith("#include")]
            rest = "\n".join(line for line in lines if not line.startswith("#include"))
            body = rest if "int main(" in rest else "void example() {\n" + rest + "\n}"
            where = page.relative_to(ROOT).as_posix()
            line = page.read_text().count("\n", 0, block.start("code")) + 1
            bodies.append(f"namespace docs_{re.sub(r'[^a-z0-9]', '_', where.lower())}_{number} {{\n// {where}:{line}\n{body}\n}}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, (includes, bodies) in parts.items():
        text = "\n".join(dict.fromkeys(includes)) + "\n\n" + "\n\n".join(bodies) + "\n"
        path = folder / f"docs_{name}.cpp"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def main():
    what = sys.argv[1]
    if what == "code":
        return code(pathlib.Path(sys.argv[2]))
    if anchor("A `Title`, with [links](x.md)") != "a-title-with-links":
        sys.exit("check_docs.py: the self-test finds another anchor")
    faults = sorted(set(link_faults() if what == "links" else command_faults(sys.argv[2])))
    print("\n".join(faults) or f"docs: {what} ok")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
