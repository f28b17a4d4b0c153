"""The package's rooms: what each may know, and that no module needs itself by way of others."""

import ast
from functools import cache
from pathlib import Path

import pytest

import convexplain

ROOT = Path(convexplain.__file__).parent
MAY_KNOW = {
    "names": set(),
    "layers": {"names"},
    "board": set(),
    "graph": {"layers", "names"},
    "network": {"layers", "names", "graph"},
    "numbers": {"layers", "graph", "network", "style", "display"},
    "system": {"names"},
    "reader": {"layers", "names", "graph", "stack", "network"},
    "render": {"board", "names", "style", "system"},
}
"""All that these rooms know. Above all: a renderer knows boards, and nothing of what they tell."""
NEVER_KNOW = {
    "algebra": {"stories", "board", "render", "check", "reader"},
    "check": {"stories", "board", "render", "algebra"},
    "stories": {"render", "display", "reader", "explanation"},
    "display": {"explanation", "report", "cli"},
}
ASKED_LATE = {"algebra", "check", "numbers"}
"""Rooms whose objects ask ``display`` how they show themselves, when they are shown and not before."""


def module_name(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def room(module):
    return module.split(".")[1] if "." in module else ""


def imported(tree, late):
    """What a module imports as it is loaded, or also what its functions import; not what only its annotations name."""
    if isinstance(tree, ast.If) and ast.unparse(tree.test) == "TYPE_CHECKING":
        return
    if isinstance(tree, ast.FunctionDef) and not late:
        return
    if isinstance(tree, ast.Import):
        yield from (alias.name for alias in tree.names)
    elif isinstance(tree, ast.ImportFrom):
        for alias in tree.names:
            whole = f"{tree.module}.{alias.name}"
            yield whole if whole in MODULES else tree.module
    for child in ast.iter_child_nodes(tree):
        yield from imported(child, late)


@cache
def arrows(late=True):
    return {name: {one for one in imported(tree, late) if one in MODULES} - {name} for name, tree in MODULES.items()}


def known_rooms(of, late=True):
    return {room(one) for name, known in arrows(late).items() if room(name) == of for one in known} - {of}


def a_circle(known):
    """Modules that need each other in turn, if there are any: those left when what needs nothing left is taken out."""
    left = dict(known)
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    return left


def test_no_module_needs_itself_by_way_of_others():
    assert not a_circle(arrows())


def test_a_circle_is_seen():
    assert a_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}).keys() == {"a", "b", "c"}


@pytest.mark.parametrize("of", MAY_KNOW)
def test_what_a_room_may_know(of):
    assert known_rooms(of) <= MAY_KNOW[of]


@pytest.mark.parametrize("of", NEVER_KNOW)
def test_what_a_room_never_knows(of):
    assert not known_rooms(of) & NEVER_KNOW[of]


@pytest.mark.parametrize("of", sorted(ASKED_LATE))
def test_objects_ask_how_they_show_themselves_only_when_they_do(of):
    assert "display" in known_rooms(of)
    assert "display" not in known_rooms(of, late=False)


def test_the_core_imports_no_library_but_numpy():
    """What a formula's layers are made of; the libraries for pictures and films are imported where they are used."""
    core = {"names", "layers", "graph", "stack", "network", "numbers"}
    trees = [tree for name, tree in MODULES.items() if room(name) in core]
    at_once = {name.split(".")[0] for tree in trees for name in imported(tree, late=False)}
    assert not at_once & {"sympy", "scipy", "matplotlib", "manim", "tensorflow", "keras", "h5py"}
