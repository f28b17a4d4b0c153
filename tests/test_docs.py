"""Every public name is documented: what it is, an example, and the errors it raises.

Public is what ``convexplain`` exports and what a user is handed by it: the classes that annotations name, and theirs.
Whether the examples run is tested with ``--doctest-modules``.
"""

import ast
import importlib
import inspect
import re
import textwrap
from functools import cache, cached_property

import convexplain as cx

INNER = {
    "convexplain.layers.statement": "how a layer says what one output is made of: for who writes a layer",
    "convexplain.layers.layer": "the same; Cell and Term are exported",
    "convexplain.stories.script": "what a story is told from: for who writes one, see figures/own_story.py",
    "convexplain.board.motion": "the way between two boards, which Story.sample walks",
    "convexplain.numbers.exact": "exact numbers as arrays of integers; who hands them out has them as floats too",
    "convexplain.numbers.enclosure": "the same, where a root is among them",
}
"""Modules whose classes may stand in annotations without being public, and why."""

NO_EXAMPLE = {
    "oracles.torch": "PyTorch is not among what the tests install",
    "KerasBackend": "it starts another Keras; keras_backend, which makes it, has an example",
    "kernel_size": "of pooling: pool_size, under the name that all windows have",
    **dict.fromkeys(("body", "function", "merged", "stated"), "it gives a statement: for who writes a layer"),
}
"""What needs no example of its own, by its name or that of a method, and why."""

RAISING = {
    "_chain": "ValueError",
    "check_cell": "IndexError",
    "check_index": "IndexError",
    "check_level": "IndexError",
    "check_name": "ValueError",
    "check_target": "ValueError",
}
"""Functions that raise for their caller, and what."""


@cache
def names(module):
    """What the names of a module stand for, those imported for annotations alone included, by home and name."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    found = {node.name: (module, node.name) for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("convexplain"):
            found |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    return found


def named(module, annotation):
    """The classes of the package that an annotation names."""
    for word in re.findall(r"\w+", str(annotation)):
        if word in names(module):
            home, name = names(module)[word]
            value = getattr(importlib.import_module(home), name, None)
            if inspect.isclass(value):
                yield value


def own(kind):
    """A class and the classes it is made from that are of the package."""
    return [base for base in kind.__mro__ if base.__module__.startswith("convexplain")]


def function(member):
    """The function of a method or a property."""
    member = member.fget if isinstance(member, property) else member
    member = member.func if isinstance(member, cached_property) else member
    return getattr(member, "__func__", member)


def members(kind):
    """The public methods and properties of a class, those it inherits included."""
    found = {}
    for base in reversed(own(kind)):
        found |= {name: value for name, value in vars(base).items() if inspect.isfunction(function(value))}
    return {name: value for name, value in found.items() if not name.startswith("_") or name == "__getitem__"}


def reached(value):
    """The classes that a user is handed by a function, or by the fields and methods of a class."""
    if not inspect.isclass(value):
        yield from named(value.__module__, value.__annotations__.get("return", ""))
        return
    for base in own(value):
        for annotation in vars(base).get("__annotations__", {}).values():
            yield from named(base.__module__, annotation)
    for member in map(function, members(value).values()):
        yield from named(member.__module__, member.__annotations__.get("return", ""))


def find_public():
    """Every public function, class, method and property, by name."""
    todo = []
    for name in cx.__all__:
        value = getattr(cx, name)
        if inspect.ismodule(value):
            todo += [(f"{name}.{inner}", getattr(value, inner)) for inner in value.__all__]
        else:
            todo.append((name, value))
    found = {}
    while todo:
        name, value = todo.pop()
        if (inspect.isfunction(value) or inspect.isclass(value)) and value not in found.values():
            found[name] = value
            todo += [(kind.__qualname__, kind) for kind in reached(value) if kind.__module__ not in INNER]
    for name, value in list(found.items()):
        if inspect.isclass(value):
            found |= {f"{name}.{inner}": member for inner, member in members(value).items()}
    return dict(sorted(found.items()))


PUBLIC = find_public()


def told(name):
    """The docstring of a public name; a method without one has that of the method it replaces."""
    value, owner = PUBLIC[name], PUBLIC.get(name.rpartition(".")[0])
    if inspect.isclass(value) or not inspect.isclass(owner):
        return inspect.getdoc(value) or ""
    inner = name.rpartition(".")[2]
    docs = [function(vars(base)[inner]).__doc__ for base in own(owner) if inner in vars(base)]
    return next(filter(None, docs), "")


def examples(text):
    """What is typed in a docstring."""
    return "\n".join(line for line in text.splitlines() if line.lstrip().startswith((">>> ", "... ")))


def raised(code):
    """The names of the errors that a function raises itself, or by a check that it calls."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(code)))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield node.exc.func.id if isinstance(node.exc.func, ast.Name) else node.exc.func.attr
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in RAISING:
                yield RAISING[called]


def owner(name):
    """The class of a method or a property; None for what stands by itself."""
    found = PUBLIC.get(name.rpartition(".")[0])
    return found if inspect.isclass(found) else None


def has_example(name):
    """Whether it is used by an example of its own, or by one of its class."""
    if examples(told(name)) or {name, name.rpartition(".")[2]} & NO_EXAMPLE.keys():
        return True
    inner = name.rpartition(".")[2]
    used = r"\w\[" if inner == "__getitem__" else rf"\.{inner}\b"
    return any(re.search(used, examples(base.__doc__ or "")) for base in own(owner(name) or ()))


def unsaid(name):
    """The errors that a function raises, or the making of a class, and that its docstring does not name."""
    code = vars(PUBLIC[name]).get("__init__") if inspect.isclass(PUBLIC[name]) else function(PUBLIC[name])
    if not inspect.isfunction(code) or code.__code__.co_filename == "<string>":  # none, or made by dataclass
        return []
    return [error for error in raised(code) if error not in told(name)]


def test_the_public_names_are_found():
    assert {"explain", "story", "examples.find", "oracles.scipy", "Conv1D", "Graph.sources"} <= PUBLIC.keys()
    handed = {"Ledger", "Verdict.to_dict", "Level.at", "Collapsed.kernel", "Gradient.equation", "Story.sample", "Mark"}
    assert handed <= PUBLIC.keys()


def test_each_has_a_docstring():
    assert [name for name in PUBLIC if not told(name).strip()] == []


def test_each_has_an_example():
    assert [name for name in PUBLIC if not has_example(name)] == []


def test_each_names_the_errors_it_raises():
    assert {name: errors for name in PUBLIC if (errors := unsaid(name))} == {}


def test_what_needs_no_example_has_none():
    assert [name for name in NO_EXAMPLE if name in PUBLIC and examples(told(name))] == []
    known = {*PUBLIC, *(name.rpartition(".")[2] for name in PUBLIC)}
    assert NO_EXAMPLE.keys() <= known


def test_what_is_missing_is_found(monkeypatch):
    assert has_example("Stack.paths")
    assert unsaid("Graph.layer") == []
    for method in (cx.Stack.paths, cx.Graph.layer):
        monkeypatch.setattr(method, "__doc__", "Something.")
    assert not has_example("Stack.paths")
    assert unsaid("Graph.layer") == ["IndexError"]


def test_help_begins_with_what_one_can_type():
    first = cx.__doc__.splitlines()
    assert len(first) <= 50
    assert max(map(len, first)) <= 130
    for holder, name in re.findall(r"\b(cx|ex)\.(\w+)", cx.__doc__):
        assert hasattr(cx if holder == "cx" else cx.Explanation, name)
    exported = {name for name in cx.__all__ if not hasattr(getattr(cx, name), "output_shape")}
    assert exported - {"Cell", "Term", "Path"} <= set(re.findall(r"cx\.(\w+)", cx.__doc__))
