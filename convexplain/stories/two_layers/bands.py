"""The rows of a sheet: signals, and kernels where they stand. They are numbers with places; a sheet lays them out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from convexplain.board import pieces
from convexplain.board.marks import DIGIT, Key, Role
from convexplain.board.pieces import Number
from convexplain.stories import phrases


class Bar(NamedTuple):
    """A number in a row, where it comes from when it is new, and whether only an outline stands beyond the ends."""

    key: Key
    number: Number
    made_of: tuple[Key, ...] = ()
    copy_of: Key | None = None
    is_beyond: bool = False


@dataclass(frozen=True)
class Band:
    """A signal, or a kernel when it has ``products``, if only none: its bars by place. ``kind`` says what its numbers
    are: samples, taps, products of taps, ...
    """

    key: Key
    kind: str
    name: str
    role: Role
    bars: Mapping[int, Bar]
    products: Mapping[int, Number] | None = None
    total: str = ""
    """Of a kernel: what its products add up to."""
    also: Sequence[Band] = ()
    """Rows of other boards that this one has room for."""
    made: Collection[int] | None = None
    """The places that are there, all when None; others of a signal are empty."""
    lit: Collection[int] | None = None
    """The places that are meant, all when None; the others fall back in light."""
    leads: float = 0
    """How much room there is for edges to the row below, or for what else parts it from that."""
    # Where it stands, as a sheet lays it out.
    size: float = 0.0
    """Of the numbers over its bars; 0 where they have no room."""
    tile: float = 0.0
    """The height of a tap, in the size of its number."""
    top: float = 0.0
    """The upper edge of its card, or where a signal begins."""
    foot: float = 0.0
    """Its baseline."""
    bottom: float = 0.0
    """The lower edge of its card."""
    line: float = 0.0
    """The middle of its products, where they have room."""
    under: float = 0.0
    """Where it ends with its products."""

    @property
    def is_kernel(self) -> bool:
        """Whether it is a kernel on a card."""
        return self.products is not None

    @property
    def at_work(self) -> Mapping[int, Number]:
        """The products of a kernel, none where it is not at work."""
        return self.products if self.products and self.made is None else {}

    @property
    def is_meant(self) -> bool:
        """Whether it is not context as a whole."""
        return self.lit is None or bool(self.lit)

    @property
    def sink(self) -> float:
        """How far its tiles reach below the line that their numbers stand on."""
        return (self.tile - DIGIT) / 2 * self.size * self.is_kernel

    @property
    def texts(self) -> list[str]:
        """What is written at its bars and under them: taps are factors."""
        write = phrases.factor if self.is_kernel else lambda number: number.text
        products = [pieces.signed(number.text) for number in (self.products or {}).values()]
        return [write(bar.number) for bar in self.bars.values()] + products
