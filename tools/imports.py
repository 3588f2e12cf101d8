"""Which file imports which, in every crate: prints the longest chain and every circle, and fails where there is one.

    python tools/imports.py            # a line a crate, and its circles
    python tools/imports.py --chain    # the files of the longest chain too

A file may import the file of the module that it belongs to, and be imported by it (`case.rs` and `case/*.rs`): such a
family may form a circle, but only with its own head in it. `use`, `pub use` and written-out paths count; a name that a
module only passes on (`pub use`) is followed to the file that defines it. Tests do not count.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATH = re.compile(r"\b(?:crate|self|super)(?:::\w+)+")
USE = re.compile(r"^[ \t]*(pub(?:\([^)]*\))? )?use ([^;]+);", re.M)


def without_tests(text):
    text = re.split(r"^#\[cfg\(test\)\]\n(?:#\[[^\n]*\]\n)*mod \w+ \{", text, maxsplit=1, flags=re.M)[0]
    return re.sub(r"//[^\n]*|\"(?:[^\"\\]|\\.)*\"", "", text)


def expand(tree):
    """`a::{b, c::{d, self}}` as `a::b`, `a::c::d`, `a::c`."""
    tree = re.sub(r"\s+", " ", tree).strip()
    opening = tree.find("{")
    if opening < 0:
        yield re.sub(r"::self$", "", tree)
        return
    depth, start, body = 0, 0, tree[opening + 1 : tree.rindex("}")]
    for position, sign in enumerate(body + ","):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth == 0:
            part = body[start:position].strip()
            start = position + 1
            if part:
                yield from expand(tree[:opening] + part)


class Crate:
    def __init__(self, source):
        self.text = {}
        for file in sorted(source.rglob("*.rs")):
            name = file.relative_to(source).with_suffix("").parts
            # A binary beside its library speaks of the library by the crate's name.
            is_wiring = name == ("main",) and (source / "lib.rs").exists()
            if name[-1] == "tests" or is_wiring:
                continue
            module = () if name in (("lib",), ("main",)) else name
            self.text[module] = without_tests(file.read_text())
        self.passed_on = {module: dict(self.exports(module)) for module in self.text}
        self.edges = {module: self.imports(module) for module in self.text}

    def absolute(self, module, path):
        """A path as written in `module`, from the crate's root; nothing for another crate's."""
        first, *rest = path
        if first == "crate":
            return tuple(rest)
        if first == "self":
            return module + tuple(rest)
        if first == "super":
            while rest and rest[0] == "super":
                module, rest = module[:-1], rest[1:]
            return module[:-1] + tuple(rest)
        if module + (first,) in self.text:
            return module + tuple(path)
        return None

    def exports(self, module):
        for public, tree in USE.findall(self.text[module]):
            if not public:
                continue
            for path in expand(tree):
                path, _, alias = path.partition(" as ")
                target = self.absolute(module, path.split("::"))
                if target:
                    yield alias or target[-1], target

    def defining(self, path):
        """The module whose file defines what the path names."""
        module = ()
        for position, name in enumerate(path):
            if module + (name,) in self.text:
                module += (name,)
            elif name in self.passed_on[module]:
                target = self.passed_on[module][name]
                return self.defining(target + path[position + 1 :]) if target != path else module
            else:
                break
        return module

    def imports(self, module):
        uses = [path.partition(" as ")[0] for _, tree in USE.findall(self.text[module]) for path in expand(tree)]
        paths = [path.split("::") for path in uses]
        body = USE.sub("", self.text[module])
        # Names of modules that were imported, or are this one's own, lead the paths in its body.
        heads = {path[-1]: path for path in paths}
        paths += [path.split("::") for path in PATH.findall(body)]
        for name, rest in re.findall(r"(?<![\w:])([a-z]\w*)((?:::\w+)+)", body):
            if name in heads:
                paths.append(heads[name] + rest[2:].split("::"))
            elif module + (name,) in self.text:
                paths.append(["self", name, *rest[2:].split("::")])
        found = {self.defining(target) for path in paths if (target := self.absolute(module, path)) is not None}
        # The root only lists what there is.
        return found - {module, ()}

    def circles(self, modules):
        """Sets of files each of which imports all others, directly or not."""
        number, low, stack, found = {}, {}, [], []

        def visit(module):
            number[module] = low[module] = len(number)
            stack.append(module)
            for target in sorted(self.edges[module] & modules):
                if target not in number:
                    visit(target)
                if target in stack:
                    low[module] = min(low[module], low[target])
            if low[module] == number[module]:
                position = stack.index(module)
                found.append(frozenset(stack[position:]))
                del stack[position:]

        for module in sorted(modules):
            if module not in number:
                visit(module)
        return found

    def forbidden(self, modules):
        """Circles that are not a family with its own head in them."""
        for circle in self.circles(modules):
            if len(circle) == 1:
                continue
            head = min(circle, key=len)
            if all(module[: len(head)] == head for module in circle):
                yield from self.forbidden(circle - {head})
            else:
                yield circle

    def longest_chain(self):
        """The longest way along imports, a circle counting with all of its files."""
        modules = frozenset(self.text) - {()}
        circle_of = {module: circle for circle in self.circles(modules) for module in circle}
        best = {}

        def length(circles):
            return sum(len(circle) for circle in circles)

        def chain(circle):
            if circle not in best:
                targets = {target for module in circle for target in self.edges[module] if target in circle_of}
                after = {circle_of[target] for target in targets} - {circle}
                best[circle] = [circle, *max((chain(other) for other in sorted(after, key=sorted)), key=length, default=[])]
            return best[circle]

        return max((chain(circle) for circle in sorted(set(circle_of.values()), key=sorted)), key=length, default=[])


def name_of(module):
    return "::".join(module)


def main():
    failed = False
    for manifest in sorted(ROOT.glob("crates/*/Cargo.toml")) + sorted(ROOT.glob("functions/*/Cargo.toml")):
        crate = Crate(manifest.parent / "src")
        chain = crate.longest_chain()
        circles = list(crate.forbidden(frozenset(crate.text) - {()}))
        name = manifest.parent.relative_to(ROOT)
        print(f"{name}: {len(crate.text)} files, longest chain {sum(map(len, chain))}, circles {len(circles)}")
        if "--chain" in sys.argv:
            for group in chain:
                print("    " + " = ".join(map(name_of, sorted(group))))
        for circle in circles:
            failed = True
            print(f"  circle of {len(circle)}:")
            for module in sorted(circle):
                print(f"    {name_of(module)} -> {', '.join(map(name_of, sorted(crate.edges[module] & circle)))}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
