"""Index rules solved the other way round: which outputs, and which numbers of a sum, reach a given cell.

This module knows index arithmetic and the records of a statement; it knows no kind of layer and no sympy. A rule is an
index over the axes of the output and the ranges of sums: ``t*s + k*d - L`` meets step ``i`` where ``t`` is ``i - k*d +
L``; with strides the tap is solved for instead, and a whole quotient leaves a remainder open that is summed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from convexplain.layers import statement as st
from convexplain.layers.index import Arithmetic, Index, Quotient, Range, Remainder, as_index

_LETTERS = "kmnjqruvhosl"


class Unsolved(Exception):
    """A rule that is not one of those that are solved."""


@dataclass(frozen=True)
class Solved:
    """Every axis and range as an index of the target and of the ranges that are left, and what is left to sum over."""

    values: dict[str, Index]
    over: tuple[Range, ...]
    guards: tuple[tuple[Index, int], ...]
    """Indices that must lie from 0 to below a size."""
    places: tuple[Index, ...]
    """Indices that must be 0: of what stands elsewhere nothing is read."""

    def placed(self, value: st.Value) -> st.Value:
        """A value with these indices; ranges of sums inside it have names of their own, cases are decided."""
        used = {r.name for index in self.values.values() for r in index.ranges()} | set(self.values)
        return _decided(_joined(st.substitute(_renamed(value, used), self.values)))


@dataclass
class _Work:
    """The equations that are solved so far."""

    values: dict[str, Index] = field(default_factory=dict)
    fresh: list[Range] = field(default_factory=list)
    guards: list[tuple[Index, int]] = field(default_factory=list)
    places: list[Index] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    likes: dict[str, str] = field(default_factory=dict)
    """What a new range may be called where that name is not needed any more."""

    def new(self, size: int, like: str = "") -> Range:
        """Another range to sum over."""
        free = (f"{letter}{n or ''}" for n in count() for letter in _LETTERS)
        made = Range(next(name for name in free if name not in self.used), size)
        self.used.add(made.name)
        self.fresh.append(made)
        if like:
            self.likes[made.name] = like
        return made

    def set(self, r: Range, index: Any) -> None:
        """A range is this index, in all that was solved before too."""
        self.values = {name: as_index(held.at({r.name: as_index(index)})) for name, held in self.values.items()}
        self.values[r.name] = as_index(index)


def solved(indices: Sequence[Any], targets: Sequence[Range], axes: Sequence[Range], over: Sequence[Range]) -> Solved:
    """The axes and ranges at which ``indices`` are the ``targets``. :class:`Unsolved` for a rule that is not known."""
    every = [*axes, *over]
    work = _Work(used={r.name for r in (*every, *targets)})
    # A range that keeps its place is named apart from the target's own indices.
    own = {r.name: Range(r.name, r.size) for r in every}
    clash = {name for name in own if name in {target.name for target in targets}}
    inner = {name: Range(f"{name}'", r.size) if name in clash else r for name, r in own.items()}
    rules = [as_index(as_index(index).at(inner)) for index in indices]
    wanted: list[Any] = [as_index(target) for target in targets]
    rules, wanted = _paired(rules, wanted)
    first = {inner[r.name] for r in axes}
    for rule, target in zip(rules, wanted, strict=True):
        _solve(work, as_index(rule.at(work.values)), target, first)
    left = [inner[r.name] for r in every if inner[r.name].name not in work.values]
    names: dict[str, Range] = {}
    for r in left:
        plain = r.name.rstrip("'")
        names[r.name] = r if plain == r.name else work.new(r.size)
    taken = {r.name for r in (*targets, *names.values())}
    for r in work.fresh:
        like = work.likes.get(r.name, r.name).rstrip("'")
        names.setdefault(r.name, Range(like, r.size) if like not in taken else r)
        taken.add(names[r.name].name)
    kept = [names[r.name] for r in (*left, *work.fresh) if r.name not in work.values]
    kept = list(dict.fromkeys(kept))

    def final(index: Any) -> Index:
        return _join(as_index(as_index(as_index(index).at(work.values)).at(names)))

    values = {name: final(inner[name]) for name in own}
    used = {r for index in values.values() for r in index.ranges()}
    kept = [r for r in kept if r in used]
    axis_like = [r for r in kept if r.name not in {o.name for o in over}]
    ordered = sorted(kept, key=lambda r: (r.name != "f", r not in axis_like))
    guards = tuple((final(index), size) for index, size in work.guards)
    return Solved(values, tuple(ordered), guards, tuple(map(final, work.places)))


def _paired(rules: list[Index], wanted: list[Any]) -> tuple[list[Index], list[Any]]:
    """A quotient and the remainder of the same number are that number."""
    if len(rules) == 2 and all(len(rule.terms) == 1 and rule.constant == 0 for rule in rules):
        (one, a), (other, b) = rules[0].terms[0], rules[1].terms[0]
        if isinstance(one, Quotient) and isinstance(other, Remainder) and a == b == 1 and _same(one, other):
            return [one.dividend], [wanted[0] * one.divisor + wanted[1]]
    if len(rules) == 3:  # of a kernel's indices the last two, or the first alone
        later, targets = _paired(rules[1:], wanted[1:])
        return [rules[0], *later], [wanted[0], *targets]
    return rules, wanted


def _solve(work: _Work, rule: Index, target: Any, axes: set[Range]) -> None:
    target = as_index(target) - rule.constant
    terms = list(rule.terms)
    if not terms:
        if any(r.size > 1 for r in target.ranges()):  # one place of an axis alone is read
            work.places.append(target)
        return
    for atom, factor in terms:
        rest = Index(0, tuple(term for term in terms if term[0] is not atom))
        if isinstance(atom, Range) and atom in axes and factor == 1 and not _mixed(rest, atom):
            work.set(atom, target - rest)
            return
    if len(terms) == 1:
        _solve_one(work, *terms[0], target, axes)
        return
    if len(terms) == 2:
        (one, a), (other, b) = sorted(terms, key=lambda term: -abs(term[1]))
        if isinstance(other, Range) and b == 1 and isinstance(a, int) and a > 1 and other.size == a:
            # Two numbers in one, as c*M + m: the quotient and the remainder.
            work.set(other, target % a)
            _solve(work, Index(0, ((one, 1),)), target // a, axes)
            return
        (whole, a), (other, b) = sorted(terms, key=lambda term: isinstance(term[0], Range))
        if isinstance(whole, Quotient) and isinstance(other, Range) and (a, b) == (1, -1):
            # As a step of a transposed convolution: the tap is a quotient and a remainder itself.
            tap = work.new(other.size * whole.divisor, like=other.name)
            work.set(other, tap // whole.divisor)
            _solve(work, whole.dividend, target * whole.divisor + tap, axes)
            return
        if isinstance(whole, Remainder) and isinstance(other, Range) and (a, b) == (1, whole.divisor):
            # As a tap of a transposed convolution, which meets every step of the input.
            step = work.new(whole.dividend.bounds()[1] // whole.divisor + 1, like="i")
            work.set(other, target // whole.divisor)
            _solve(work, whole.dividend, step * whole.divisor + target, axes)
            return
    for atom, factor in terms:
        if isinstance(atom, Range) and atom not in axes and factor in (1, -1):
            rest = Index(0, tuple(term for term in terms if term[0] is not atom))
            index = (target - rest) * factor
            work.set(atom, index)
            work.guards.append((index, atom.size))
            return
    raise Unsolved


def _mixed(rest: Index, atom: Range) -> bool:
    """Whether another range counts in wholes of this one: then both are solved for."""
    return any(factor == atom.size and atom.size > 1 for _, factor in rest.terms if isinstance(factor, int))


def _solve_one(work: _Work, atom: Any, factor: Any, target: Index, axes: set[Range]) -> None:
    if isinstance(atom, Range) and atom in axes and isinstance(factor, int) and factor not in (1, -1):
        # Of every so many places one is read.
        target = target * (1 if factor > 0 else -1)
        work.set(atom, target // abs(factor))
        work.places.append(target % abs(factor))
        return
    if factor not in (1, -1):
        raise Unsolved
    target = target * factor
    match atom:
        case Range():
            work.set(atom, target)
            if atom not in axes:
                work.guards.append((target, atom.size))
        case Quotient(dividend, divisor):
            _solve(work, dividend, target * divisor + work.new(divisor), axes)
        case _:
            raise Unsolved


def _renamed(value: st.Value, used: set[str]) -> st.Value:
    """The value with other names for the ranges of its own sums where they are taken."""
    over = getattr(value, "over", ())
    taken = {r.name: Range(f"{r.name}_", r.size) for r in over if r.name in used}
    if taken:
        inside = st.rebuilt(value, lambda part: _placed_in(part, taken))
        value = _with_over(inside, tuple(taken.get(r.name, r) for r in over))
    return st.rebuilt(value, lambda part: _renamed(part, used) if isinstance(part, st.Value) else part)


def _placed_in(part: Any, taken: dict[str, Range]) -> Any:
    if isinstance(part, Arithmetic):
        return as_index(part.at(taken))
    return st.substitute(part, taken)


def _with_over(value: Any, over: tuple[Range, ...]) -> st.Value:
    from dataclasses import replace

    return replace(value, over=over)


def _joined(value: st.Value) -> st.Value:
    """The value with each quotient and remainder of one number, in one index, as that number."""
    return st.rebuilt(value, lambda part: _join(as_index(part)) if isinstance(part, Arithmetic) else _joined(part))


def _join(index: Index) -> Index:
    for atom, factor in index.terms:
        if isinstance(atom, Quotient):
            for other, small in index.terms:
                if isinstance(other, Remainder) and _same(atom, other) and factor == small * atom.divisor:
                    rest = Index(index.constant, tuple(term for term in index.terms if term[0] not in (atom, other)))
                    return _join(rest + atom.dividend * small)
    return index


def _same(one: Quotient, other: Remainder) -> bool:
    """Whether two are of the same number by the same divisor."""
    return (one.dividend, one.divisor) == (other.dividend, other.divisor)


def _decided(value: st.Value) -> st.Value:
    """The value with cases that are always one of the two."""
    if isinstance(value, st.Case):
        low, high = as_index(value.index).bounds()
        if high < value.bound:
            return _decided(value.below)
        if low >= value.bound:
            return _decided(value.otherwise)
    return st.rebuilt(value, lambda part: _decided(part) if isinstance(part, st.Value) else part)
