"""A statement as Python: lines of NumPy for a whole level.

This module knows the records of a statement and how NumPy says each: ranges become axes, entries and reads slices or
gathered arrays, sums of products ``einsum``. What is absent is padded: with zeros in a sum, with infinity in a maximum.
It knows no kind of layer and no weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import prod
from typing import NamedTuple

from convexplain.algebra.printing import decimal, single
from convexplain.layers import statement as st
from convexplain.layers.index import Index, Quotient, Range, as_index

_SUM, _PRODUCT, _ATOM = range(3)
"""How tightly a piece of Python binds."""

_FUNCTIONS = {
    "exp": ("np.exp(%s)", _ATOM),
    "log": ("np.log(%s)", _ATOM),
    "tanh": ("np.tanh(%s)", _ATOM),
    "erf": ("np.vectorize(math.erf)(%s)", _ATOM),
    "sigmoid": ("1/(1 + np.exp(-%s))", _PRODUCT),
    "softplus": ("np.logaddexp(0, %s)", _ATOM),
    "heaviside": ("np.heaviside(%s, 0)", _ATOM),
}

_LETTERS = "guvhnopqrs"
"""What a part of a divided axis is called."""

_SHORT = 10
"""What is no longer than this is written again where it is used again."""


class Part(NamedTuple):
    """A piece of Python: an array with an axis for each of some ranges, or a number."""

    code: str
    over: tuple[Range, ...] = ()
    binds: int = _ATOM


class Program:
    """The lines that make a level; what is used twice, and every sum, has a line of its own.

    ``sources`` are the names of the arrays that are read, ``axes`` the axes of the result.
    """

    def __init__(self, sizes: st.Sizes, sources: Sequence[str], axes: Sequence[Range]) -> None:
        self._sizes, self._sources, self._axes = sizes, sources, tuple(axes)
        self._order: dict[str, int] = {}
        self._letters: dict[str, str] = {}
        self._vectors: dict[Range, str] = {}
        self._named: dict[st.Value, Part] = {}
        self._uses: Counter[st.Value] = Counter()
        self._lines: list[str] = []
        for r in axes:
            self._place(r)

    @property
    def lines(self) -> list[str]:
        """The lines before the result."""
        names, vectors = ", ".join(self._vectors.values()), [f"np.arange({r.size})" for r in self._vectors]
        return [*([f"{names} = {', '.join(vectors)}"] if vectors else []), *self._lines]

    def result(self, value: st.Value, shape: Sequence[int]) -> str:
        """The piece of Python that gives the level, laid out in a ``shape`` that its axes may be parts of."""
        self._count(value)
        part = self._part(value)
        sizes = tuple(r.size for r in self._axes)
        whole = self._aligned(part, self._axes)
        if set(part.over) != set(self._axes):
            whole = Part(f"np.broadcast_to({whole.code}, {sizes})", self._axes)
        return whole.code if sizes == tuple(shape) else f"{atom(whole)}.reshape({', '.join(map(str, shape))})"

    def _count(self, value: st.Value) -> None:
        self._uses[value] += 1
        if self._uses[value] == 1:
            for part in () if isinstance(value, st.Present) else st.children(value):
                self._count(part)

    def _place(self, r: Range) -> int:
        """Where an axis stands among all: the result's own ones first."""
        return self._order.setdefault(r.name, len(self._order))

    def _sorted(self, ranges: Iterable[Range]) -> tuple[Range, ...]:
        return tuple(sorted(ranges, key=self._place))

    def _letter(self, r: Range) -> str:
        """One letter for an axis."""
        if r.name not in self._letters:
            taken = {*self._letters.values(), *(name for name in self._order if len(name) == 1)}
            own = r.name[0] if not r.name.endswith("//") else ""
            free = next(letter for letter in _LETTERS if letter not in taken)
            self._letters[r.name] = own if own and own not in self._letters.values() else free
        return self._letters[r.name]

    def _vector(self, r: Range) -> str:
        """The numbers of a range, as a variable."""
        if r not in self._vectors:
            same = sum(other.name == r.name for other in self._vectors)
            self._vectors[r] = self._letter(r) + (str(same + 1) if same else "")
        return self._vectors[r]

    def _part(self, value: st.Value) -> Part:
        if value in self._named:
            return self._named[value]
        part = self._written(value)
        whole = isinstance(value, (st.Total, st.Largest, st.Smallest)) and bool(value.over)
        if whole or (self._uses[value] > 1 and len(part.code) > _SHORT):
            part = self._kept(part)
        self._named[value] = part
        return part

    def _kept(self, part: Part) -> Part:
        """The same under a name, on a line of its own."""
        if part.code.isidentifier():
            return part
        line = next((line for line in self._lines if line.endswith(f" = {part.code}")), None)
        if line is None:
            line = f"s{len(self._lines) + 1} = {part.code}"
            self._lines.append(line)
        return Part(line.partition(" ")[0], part.over)

    def _written(self, value: st.Value) -> Part:
        match value:
            case st.Number(number):
                return _number(number)
            case st.Constant(name):
                return Part(f"np.{name}")
            case st.Entry(array, _):
                return self._leaf(array, value, "0")
            case st.Read(source, _):
                return self._leaf(self._sources[source], value, "0")
            case st.Present(read):
                return self._present(read)
            case st.Add(parts):
                return self._sum(parts)
            case st.Times(parts):
                return self._product(parts)
            case st.Power(_, exponent) if exponent < 0:
                return self._product((value,))
            case st.Power(base, exponent):
                return self._power(self._part(base), exponent)
            case st.Total(over, body):
                return self._total(over, body)
            case st.Largest(over, parts):
                return self._extreme(over, parts, "max", "-np.inf")
            case st.Smallest(over, parts):
                return self._extreme(over, parts, "min", "np.inf")
            case st.Apply(function, argument):
                inner, (template, binds) = self._part(argument), _FUNCTIONS[function]
                argument_code = atom(inner) if "-%s" in template else inner.code
                return Part(template % argument_code, inner.over, binds)
            case st.Case():
                return self._cases(value)
        raise TypeError(f"no record of a statement: {type(value).__name__}")

    def _aligned(self, part: Part, over: Sequence[Range]) -> Part:
        """The array with its axes in order, and axes of size 1 where it has none of ``over``."""
        own = [r for r in over if r in part.over]
        if not own:
            return part
        if tuple(own) != part.over:
            turned = tuple(part.over.index(r) for r in own)
            part = Part(f"{atom(part)}.transpose{turned}", tuple(own))
        opened = [":" if r in own else "None" for r in over[over.index(own[0]) :]]
        return part if "None" not in opened else Part(f"{atom(part)}[{', '.join(opened)}]", tuple(own))

    def _together(self, parts: Sequence[Part]) -> tuple[tuple[Range, ...], list[Part]]:
        over = self._sorted({r for part in parts for r in part.over})
        return over, [self._aligned(part, over) for part in parts]

    def _sum(self, values: Sequence[st.Value]) -> Part:
        """A sum; a bias comes after what reads a level."""
        parts = [self._part(value) for value in sorted(values, key=_is_bias)]
        minus = [place > 0 and part.code.startswith("-") for place, part in enumerate(parts)]
        sizes = [_without_sign(part) if less else part for part, less in zip(parts, minus, strict=True)]
        over, aligned = self._together(sizes)
        written = aligned[0].code
        for part, less in zip(aligned[1:], minus[1:], strict=True):
            written += f" - {atom(part) if part.binds == _SUM else part.code}" if less else f" + {part.code}"
        return Part(written, over, _SUM)

    def _product(self, values: Sequence[st.Value]) -> Part:
        constant, above, below = Fraction(1), [], []
        for value in values:
            if isinstance(value, st.Number):
                constant *= value.value
            elif isinstance(value, st.Power) and value.exponent < 0:
                below.append(self._power(self._part(value.base), -value.exponent))
            else:
                above.append(self._part(value))
        sign, size = ("-" if constant < 0 else ""), abs(constant)
        if decimal(size.numerator, size.denominator):
            above.insert(0, _number(size))
        else:
            above = ([Part(str(size.numerator))] if size.numerator != 1 else []) + above
            below += [Part(str(size.denominator))] if size.denominator != 1 else []
        over, aligned = self._together([*above, *below])
        tops, bottoms = aligned[: len(above)], aligned[len(above) :]
        written = "*".join(map(atom, tops)) or "1"
        if bottoms:
            under = "*".join(map(atom, bottoms))
            written += f"/{under}" if len(bottoms) == 1 else f"/({under})"
        alone = len(tops) == 1 and not bottoms and not sign
        return Part(sign + written, over, aligned[0].binds if alone else _PRODUCT)

    def _power(self, base: Part, exponent: Fraction) -> Part:
        if exponent == 1:
            return base
        if exponent == Fraction(1, 2):
            return Part(f"np.sqrt({base.code})", base.over)
        whole = exponent.denominator == 1
        return Part(f"{atom(base)}**{exponent if whole else f'({exponent})'}", base.over, _PRODUCT)

    def _total(self, over: Sequence[Range], body: st.Value) -> Part:
        for r in over:
            self._place(r)
        factors = body.parts if isinstance(body, st.Times) else (body,)
        operands = [self._part(part) for part in sorted(factors, key=_reads_nothing)]
        numbers = [part for part in operands if not part.over]
        arrays = [part for part in operands if part.over]
        met = {r for part in arrays for r in part.over}
        missing = prod(r.size for r in over if r not in met)
        numbers += [Part(str(missing))] if missing != 1 else []
        kept = self._sorted(met - set(over))
        if (
            len(arrays) == 1
            and arrays[0].over[-len(met) :] == arrays[0].over
            and kept == tuple(r for r in arrays[0].over if r not in over)
        ):
            axes = tuple(place for place, r in enumerate(arrays[0].over) if r in over)
            axis = f"axis={axes[0] if len(axes) == 1 else axes}" if len(axes) < len(met) else ""
            summed = f"{atom(arrays[0])}.sum({axis})" if axes else arrays[0].code
        else:
            letters = ["".join(map(self._letter, part.over)) for part in arrays]
            out = "".join(map(self._letter, kept))
            summed = f'np.einsum("{",".join(letters)}->{out}", {", ".join(part.code for part in arrays)})'
        if not numbers:
            return Part(summed, kept)
        return Part("*".join([*map(atom, numbers), summed]), kept, _PRODUCT)

    def _extreme(self, over: Sequence[Range], values: Sequence[st.Value], kind: str, fill: str) -> Part:
        for r in over:
            self._place(r)
        reduced = []
        for value in values:
            part = self._leaf(self._sources[value.source], value, fill) if isinstance(value, st.Read) else None
            part = part or self._part(value)
            axes = tuple(place for place, r in enumerate(part.over) if r in over)
            if axes:
                axis = f"axis={axes[0] if len(axes) == 1 else axes}" if len(axes) < len(part.over) else ""
                part = Part(f"{atom(part)}.{kind}({axis})", tuple(r for r in part.over if r not in over))
            reduced.append(part)
        together, aligned = self._together(reduced)
        written = aligned[0]
        for part in aligned[1:]:
            first, second = (part, written) if not written.over else (written, part)
            written = Part(f"np.{kind}imum({first.code}, {second.code})", together)
        return Part(written.code, together, written.binds)

    def _cases(self, value: st.Case) -> Part:
        """One of two, by an index: one beside the other along its axis."""
        index = as_index(value.index)
        ((r, factor),) = index.terms
        first = value.bound - index.constant
        if factor != 1 or not isinstance(r, Range) or not 0 < first < r.size:
            raise ValueError("a program needs a choice that is made along an axis")
        halves = []
        for one, start, size in ((value.below, 0, first), (value.otherwise, first, r.size - first)):
            inner = Range(r.name, size)
            held = st.substitute(one, {r.name: inner + start})
            self._count(held)
            part = self._part(held)
            over = self._sorted({*part.over, inner})
            aligned = self._aligned(part, over)
            if len(over) > len(part.over):
                aligned = Part(f"np.broadcast_to({aligned.code}, {tuple(own.size for own in over)})", over)
            halves.append(Part(aligned.code, over))
        over = tuple(r if own.name == r.name else own for own in halves[0].over)
        return Part(f"np.concatenate([{', '.join(half.code for half in halves)}], axis={over.index(r)})", over)

    def _present(self, read: st.Read) -> Part:
        """Ones where a cell is there, zeros where it is not, along the axes on which it may be absent."""
        found = []
        source, shape = self._sources[read.source], self._sizes.reads[read.source]
        for index, size in zip(map(as_index, read.indices), shape, strict=True):
            low, high = index.bounds()
            if low < 0 or high > size - 1:
                found.append(self._gathered(f"np.ones({size}, {source}.dtype)", [index], [size], "0"))
        if not found:
            return Part("1")
        over, aligned = self._together(found)
        return Part("*".join(map(atom, aligned)), over, _ATOM if len(aligned) == 1 else _PRODUCT)

    def _leaf(self, name: str, leaf: st.Entry | st.Read, fill: str) -> Part:
        return self._gathered(name, list(map(as_index, leaf.indices)), self._sizes.of(leaf), fill)

    def _gathered(self, name: str, indices: list[Index], shape: Sequence[int], fill: str) -> Part:
        """The entries of an array at some indices; ``fill`` where they lie outside."""
        sizes, pads = list(shape), []
        for place, index in enumerate(indices):
            low, high = index.bounds()
            pads.append((max(-low, 0), max(high - sizes[place] + 1, 0)))
            indices[place] = index + pads[-1][0]
            sizes[place] += sum(pads[-1])
        code = name
        if any(map(any, pads)):
            widths = f"({pads[0][0]}, {pads[0][1]})" if len(pads) == 1 else ", ".join(map(str, pads))
            filled = "" if fill == "0" else f", constant_values={fill}"
            padded = f"np.pad({name}, {widths if len(pads) == 1 else f'({widths})'}{filled})"
            code = self._kept(Part(padded)).code
        own = [index.ranges() for index in indices]
        if sum(map(len, own)) > len(frozenset().union(*own)):
            over = self._sorted(frozenset().union(*own))
            places = ", ".join(self._index(index, over) for index in indices)
            return Part(f"{code}[{places}]", over)
        axes: list[tuple[Index, tuple[Range, ...], int]] = []
        for index, size in zip(indices, sizes, strict=True):
            digits = _digits(index, size)
            if digits:
                axes += [(as_index(r), (r,), r.size) for r in digits]
            else:
                axes.append((index, self._sorted(index.ranges()), size))
        if len(axes) > len(indices):
            code += f".reshape({', '.join(str(size) for _, _, size in axes)})"
        cuts = [_cut(index, size) for index, _, size in axes]
        if any(cut != ":" for cut in cuts):
            while cuts[-1] == ":":
                cuts.pop()
            code += f"[{', '.join(cuts)}]"
        kept = [(index, ranges) for index, ranges, _ in axes if ranges]
        gathers = [place for place, (index, _) in enumerate(kept) if _strided(index) is None]
        for place in reversed(gathers):
            index, ranges = kept[place]
            code += f"[{':, ' * place}{self._index(index, ranges)}]"
        return Part(code, tuple(r for _, ranges in kept for r in ranges))

    def _index(self, index: Index, over: Sequence[Range]) -> str:
        """An index as an array over some ranges."""
        written = ""
        for atom, factor in index.terms:
            if isinstance(atom, Range):
                after = len(over) - 1 - over.index(atom)
                piece = self._vector(atom) + (f"[:{', None' * after}]" if after else "")
            else:
                inner = self._index(atom.dividend, over)
                simple = inner.isidentifier()
                sign = "//" if isinstance(atom, Quotient) else " % "
                piece = f"{inner if simple else f'({inner})'}{sign}{atom.divisor}"
                piece = f"({piece})" if factor != 1 else piece
            size = f"{abs(factor)}*{piece}" if abs(factor) != 1 else piece
            written += (" - " if factor < 0 else " + ") + size if written else ("-" if factor < 0 else "") + size
        if index.constant or not written:
            constant = index.constant
            written += (f" - {-constant}" if constant < 0 else f" + {constant}") if written else str(constant)
        return written


def _reads_nothing(value: st.Value) -> bool:
    return not any(isinstance(leaf, st.Read) for leaf in st.walk(value))


def _is_bias(value: st.Value) -> bool:
    return isinstance(value, st.Entry) and value.array == "b"


def atom(part: Part) -> str:
    """The piece, in brackets where it would else be torn apart."""
    return part.code if part.binds == _ATOM else f"({part.code})"


def _without_sign(part: Part) -> Part:
    """What is subtracted, of a piece that begins with a minus."""
    inner = part.code[1:]
    depths = [inner[: place + 1].count("(") - inner[: place + 1].count(")") for place in range(len(inner))]
    if inner.startswith("(") and 0 not in depths[:-1]:
        return Part(inner[1:-1], part.over, _SUM)
    return Part(inner, part.over, _ATOM if inner.isidentifier() else part.binds)


def _number(number: Fraction) -> Part:
    if number < 0:
        inner = _number(-number)
        return Part(f"-{inner.code}", (), _PRODUCT)
    if number.denominator == 1:
        return Part(str(number))
    digits = decimal(number.numerator, number.denominator)
    if digits:
        return Part(f"np.float32({digits})" if single(float(number)) == number else digits)
    return Part(f"{number.numerator}/{number.denominator}", (), _PRODUCT)


def _digits(index: Index, size: int) -> tuple[Range, Range] | None:
    """The two ranges of an index that runs over a whole axis as over two: ``a*size_of_b + b``."""
    if index.constant or len(index.terms) != 2:
        return None
    (one, factor), (other, unit) = sorted(index.terms, key=lambda term: -abs(term[1]))
    if not isinstance(one, Range) or not isinstance(other, Range) or unit != 1 or factor != other.size:
        return None
    return (one, other) if int(one.size) * int(other.size) == size else None


def _strided(index: Index) -> tuple[Range, int] | None:
    """The range and the stride of an index that takes an axis step by step."""
    if len(index.terms) != 1:
        return None
    ((r, stride),) = index.terms
    return (r, stride) if isinstance(r, Range) and stride > 0 else None


def _cut(index: Index, size: int) -> str:
    """What is taken of an axis at once; all of it where the rest is gathered."""
    found = _strided(index)
    if found is None:
        return ":" if index.terms else str(index.constant)
    (r, stride), start = found, index.constant
    stop = start + (r.size - 1) * stride + 1
    if start == 0 and stop == size and stride == 1:
        return ":"
    return f"{start or ''}:{stop if stop < size else ''}{f':{stride}' if stride > 1 else ''}"
