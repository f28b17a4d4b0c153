"""What a check has found, as records, and how machines read it; people read :mod:`convexplain.check.table`.

This module knows what a result says; it knows nothing of how it was come by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from convexplain.check.table import table
from convexplain.numbers.exact import round_up
from convexplain.style import everyday, magnitude


@dataclass(frozen=True)
class Distance:
    """How far an oracle's real numbers lie from the exact ones, over all outputs of a level; each is held against its
    own bound.

    >>> import convexplain as cx
    >>> found = cx.notebook().verify(cx.oracles.exact).levels[0].local
    >>> found.compared, found.beyond, found.error < found.bound
    (64, 0, True)
    """

    error: Fraction
    """The largest distance."""
    bound: Fraction
    """The largest bound."""
    beyond: int
    """Outputs that lie beyond their bound."""
    skipped: int
    """Outputs that are not compared, since in some order of summation float32 could overflow on them."""
    compared: int
    """Outputs that are compared."""


@dataclass(frozen=True)
class LevelVerdict:
    """What was found about one layer.

    >>> import convexplain as cx
    >>> level = cx.notebook().verify(cx.oracles.scipy).levels[1]
    >>> level.number, level.input_shapes, level.output_shape     # (steps, channels)
    (2, ((16, 4),), (12, 8))
    >>> level.ok, level.index_map, level.cells_equal == level.cells, level.error < level.bound
    (True, 'proved', True, True)
    """

    number: int
    name: str | None
    layer: str
    input_shapes: tuple[tuple[int, ...], ...]
    """The shapes of the levels that the layer reads."""
    output_shape: tuple[int, ...]
    call: str | None
    """How Keras was called; None for other oracles."""
    index_map: str
    """Which weight meets which sample: "proved", "probed" or "refuted"."""
    index_map_how: str
    bias: str
    """That the bias belongs to the channels, and what else no sample is multiplied with where it belongs: "proved",
    "probed", "none" or "refuted"."""
    cells_equal: int
    """Outputs of the probes that must be equal, bit for bit, and are."""
    cells: int
    """Outputs of the probes that must be equal: float32 does not round on the way."""
    cells_within: int
    """Outputs of the probes that are rounded and lie within their bounds."""
    cells_bounded: int
    """Outputs of the probes that are rounded."""
    local: Distance | None
    """On the real numbers, the layer fed the oracle's own output of the layer before; None without weights."""
    total: Distance | None
    """On the real numbers, from the network's input on."""
    scipy_difference: float | None
    """The largest difference from ``scipy.signal.convolve`` on the same numbers: the notebook's own check."""
    faults: tuple[str, ...]
    """What refutes the layer, a sentence each."""
    discrepancy: str | None
    """The usual mistakes that reproduce the oracle's numbers exactly."""

    @property
    def ok(self) -> bool:
        """Whether nothing refutes the layer."""
        return not self.faults

    @property
    def error(self) -> Fraction | None:
        """The largest distance from the exact value, layer by layer."""
        return None if self.local is None else self.local.error

    @property
    def bound(self) -> Fraction | None:
        """The largest bound on it."""
        return None if self.local is None else self.local.bound


@dataclass(frozen=True)
class Verdict:
    """What was found about every layer, and under which assumptions. ``ok``: whether all holds; ``str``: a table.

    >>> import convexplain as cx
    >>> verdict = cx.notebook().verify(cx.oracles.scipy)
    >>> verdict.ok, len(verdict.levels)
    (True, 2)
    >>> verdict.oracles
    ('SciPy ..., scipy.signal.convolve on the reversed kernel, direct',)
    """

    levels: tuple[LevelVerdict, ...]
    """One for every layer, first layer first; for ``call="both"`` the eager ones before those of predict."""
    oracles: tuple[str, ...]
    """Who was asked, with versions."""
    assumptions: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether no layer is refuted."""
        return all(level.ok for level in self.levels)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return table(self)

    def __repr__(self) -> str:
        from convexplain.display.verdict import shown

        return shown(self)

    def _repr_html_(self) -> str:
        from convexplain.display.verdict import html

        return html(self)

    def to_dict(self) -> dict[str, Any]:
        """The verdict in plain types, for JSON; errors and bounds as floats, rounded up.

        >>> import convexplain as cx
        >>> sorted(cx.notebook().verify(cx.oracles.exact).to_dict())
        ['assumptions', 'levels', 'ok', 'oracles']
        """
        levels = [{**_plain(asdict(level)), "ok": level.ok} for level in self.levels]
        told = {"ok": self.ok, "oracles": list(self.oracles), "assumptions": list(self.assumptions)}
        return {**told, "levels": levels}


@dataclass(frozen=True)
class Check:
    """Whether a network's real numbers are those of its layers: what a picture says of itself."""

    oracle: str
    distances: tuple[Distance | None, ...]
    """For each layer, fed the oracle's own output of the one before, how far its outputs lie from their exact values;
    None where the oracle gave no answer.
    """
    ok: bool

    @property
    def error(self) -> Fraction:
        """The largest distance of an output from its exact value, over all layers."""
        return max((distance.error for distance in self._known()), default=Fraction(0))

    @property
    def bound(self) -> Fraction:
        """The largest bound on it; each output is held against its own."""
        return max((distance.bound for distance in self._known()), default=Fraction(0))

    @property
    def library(self) -> str:
        """The oracle's name and version, without how it was asked: "Keras 3.15.1"."""
        return self.oracle.partition(", ")[0]

    def of(self, levels: Iterable[int]) -> Check:
        """What was found about some levels alone; level l is the output of layer l."""
        return Check(self.oracle, tuple(self.distances[level - 1] for level in levels), self.ok)

    @property
    def line(self) -> str:
        """What was found, in words that a newcomer follows: who, how many numbers, how far apart.

        >>> found = Distance(Fraction(1, 2**24), Fraction(1, 10**6), beyond=0, skipped=0, compared=96)
        >>> Check("Keras 3.15.1, TensorFlow 2.21.0", (found,), ok=True).line
        'Keras 3.15.1 computes the same outputs: 96 compared, largest difference 0.00000006'
        """
        compared = sum(distance.compared for distance in self._known())
        skipped = sum(distance.skipped for distance in self._known())
        count, which = f"{compared:,} compared", f"same output{'s' * (compared != 1)}"
        # A library computes; exact sums and exact numbers are there.
        who = f"{self.library} {'give' if self.library.startswith('exact ') else 'computes'}"
        if not self.ok:
            return f"{who} other outputs: {count}, largest difference {everyday(self.error)}"
        if not compared:
            said = "no number was compared"
        elif self.error:
            said = f"{who} the {which}: {count}, largest difference {everyday(self.error)}"
        else:
            said = f"{who} exactly the {which}: {count}"
        left_out = f", {skipped:,} too large for float32 left out" if skipped else ""
        return f"{said}{left_out}" + ("" if self.library.startswith("Keras") else "; Keras was not asked")

    @property
    def proof(self) -> str:
        """What is proven of the difference: the line below :attr:`line`, for who wants to know."""
        return proof(self.bound)

    def _known(self) -> Iterator[Distance]:
        return (distance for distance in self.distances if distance is not None)

    def __str__(self) -> str:
        found = f"{magnitude(self.error)}, proven bound {magnitude(self.bound)}"
        return f"equal to {self.library} within {found}" if self.ok else f"not equal to {self.library}: off by {found}"


def proof(bound: Fraction) -> str:
    """What a bound says, in words."""
    return f"float32 rounds: no correct computation, in any order, is further off than {everyday(bound)}"


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return round_up(value)
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value
