"""Formulas that a browser sets by itself: the LaTeX of the package's own printer as MathML.

This module knows the few commands that ``algebra.printing`` writes, and nothing of formulas; what it does not know
stands as its name.
"""

from __future__ import annotations

import re
from html import escape

_WORDS = r"(?:[^{}\\]|\\[A-Za-z]+\{\}|\\.)*"
_UPRIGHT = r"\\(?:mathrm|text|operatorname)"
_TOKEN = re.compile(rf"{_UPRIGHT}\{{{_WORDS}\}}" r"|\\[A-Za-z]+|\\.|[A-Za-z]|\d+(?:\.\d+)?|\S")
_SIGNS = {
    "sum": "∑",
    "prod": "∏",
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
    "cdots": "⋯",
    "vdots": "⋮",
    "partial": "∂",
    "cdot": "·",
    "times": "×",
    "infty": "∞",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "in": "∈",
    "lvert": "|",
    "rvert": "|",
    "bmod": "mod",
}
_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
_GREEK = dict(zip(_NAMES.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
_SIGNS_IN_WORDS = {"backslash": "\\", "hat": "^", "tilde": "~"}
_SPACES = {" ": 0.35, ",": 0, ";": 0, ":": 0, "!": 0, "quad": 1, "qquad": 2, "displaystyle": 0, "limits": 0}
"""In widths of an m; a browser has its own space between factors."""


def mathml(latex: str, display: bool = True) -> str:
    """A formula in LaTeX as a ``<math>`` element; with ``display`` limits stand above and below their sum.

    >>> mathml("w_{k} \\\\, 2")
    '<math displaystyle="true"><msub><mi>w</mi><mi>k</mi></msub><mn>2</mn></math>'
    """
    return f'<math displaystyle="{str(display).lower()}">{_Reader(latex).row()}</math>'


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, latex: str) -> None:
        self._tokens = _TOKEN.findall(latex)
        self._place = 0
        self._scripts = 0
        """How many scripts deep the reader is; brackets do not grow there."""

    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._place += 1
        return token

    def row(self, *ends: str) -> str:
        """All that comes before one of the ``ends``, which is taken too."""
        written = []
        while self._next():
            if self._next() in ends:
                self._take()
                break
            written.append(self._scripted())
        return "".join(written)

    def _scripted(self) -> str:
        """An atom with what stands below and above it."""
        atom = self._atom()
        low = high = ""
        self._scripts += 1
        while self._next() in ("_", "^"):
            if self._take() == "_":
                low = self._group()
            else:
                high = self._group()
        self._scripts -= 1
        if not low and not high:
            return atom
        kind = "underover" if ">∑<" in atom or ">∏<" in atom else "subsup"
        if low and high:
            return f"<m{kind}>{atom}{low}{high}</m{kind}>"
        below, above = ("under", "over") if kind == "underover" else ("sub", "sup")
        return f"<m{below}>{atom}{low}</m{below}>" if low else f"<m{above}>{atom}{high}</m{above}>"

    def _group(self) -> str:
        """What stands in braces, or one atom, as one element."""
        if self._next() != "{":
            return self._atom()
        self._take()
        first = self._place
        written = self.row("}")
        return written if self._place - first == 2 else f"<mrow>{written}</mrow>"

    def _atom(self) -> str:
        token = self._take()
        if token == "{":
            return f"<mrow>{self.row('}')}</mrow>"
        if not token.startswith("\\"):
            if token[0].isdigit():
                return f"<mn>{token}</mn>"
            if token.isalpha():
                return f"<mi>{token}</mi>"
            return f"<mo>{escape({'-': '−', '*': '∗'}.get(token, token))}</mo>"
        return self._command(token[1:])

    def _command(self, name: str) -> str:
        upright = re.fullmatch(rf"{_UPRIGHT}\{{({_WORDS})\}}", f"\\{name}")
        if upright:
            words = re.sub(
                r"\\(?:(backslash|hat|tilde)\{\}|(.))", lambda m: _SIGNS_IN_WORDS.get(m[1], m[2]), upright[1]
            )
            kind = "mtext" if words != words.strip() else "mi"
            return f"<{kind}>{escape(words.replace(' ', chr(0xA0)))}</{kind}>"
        if name == "frac":
            return f"<mfrac>{self._group()}{self._group()}</mfrac>"
        if name == "sqrt":
            return f"<msqrt>{self._group()}</msqrt>"
        if name in ("left", "right", "big", "Big", "bigl", "bigr"):
            token = self._take()
            look = ' stretchy="false"' if self._scripts else ""
            return "" if token == "." else f"<mo{look}>{_SIGNS.get(token[1:], escape(token.lstrip(chr(92))))}</mo>"
        if name == "begin":
            return self._matrix()
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}em"/>' if _SPACES[name] else ""
        if name in _GREEK:
            return f"<mi>{_GREEK[name]}</mi>"
        if name in _SIGNS:
            return f"<mo>{_SIGNS[name]}</mo>"
        if not name.isalpha():  # an escaped sign
            return f"<mo>{escape(name)}</mo>"
        return f"<mi>{escape(name)}</mi>"

    def _name(self) -> str:
        """Letters in braces."""
        letters = []
        while self._next() and self._take() != "}":
            letters.append(self._next())
        return "".join(letters[:-1])

    def _matrix(self) -> str:
        kind = self._name()
        rows: list[list[str]] = [[""]]
        while self._next() and self._next() != "\\end":
            if self._next() == "&":
                self._take()
                rows[-1].append("")
            elif self._next() == "\\\\":
                self._take()
                rows.append([""])
            else:
                rows[-1][-1] += self._scripted()
        self._take(), self._name()
        left, right = {"bmatrix": ("[", "]"), "cases": ("{", "")}.get(kind, ("", ""))
        body = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in rows)
        table = f"<mtable>{body}</mtable>"
        return f"<mrow><mo>{left}</mo>{table}<mo>{right}</mo></mrow>" if left or right else table
