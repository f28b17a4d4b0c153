"""What an IPython session learns when a network is explained in it: closed forms as mathematics, cut to what can be
read, the completion of words in quotes, ``ex.film("ker``, and how long a film takes.

This module knows IPython, which is never imported here: where it is not loaded, there is no session to teach.
"""

from __future__ import annotations

import inspect
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from convexplain import names
from convexplain.system.waiting import Wait

_taught: list[Any] = []
"""The session that knows already."""


def teach() -> None:
    """Teach the session that runs, once."""
    module = sys.modules.get("IPython")
    session = module.get_ipython() if module is not None else None
    if session is None or session in _taught:
        return
    _taught[:] = [session]
    _show_forms(session.display_formatter)
    _complete_words(session)


def _show_forms(formatter: Any) -> None:
    """Closed forms are shown by ``display.forms``; other formulas as they were."""
    from convexplain.display.forms import latex_of, text_of

    latex, text = formatter.formatters["text/latex"], formatter.formatters["text/plain"]
    before = {}
    for one in (latex, text):
        for kind, printer in one.type_printers.items():
            if kind.__module__.startswith("sympy.core.basic") and kind.__name__ == "Basic":
                before[one] = printer

    def show_latex(form: Any) -> str | None:
        written = latex_of(form)
        if written is not None:
            return written
        if _is_too_large(form):
            return None
        return before[latex](form) if latex in before else form._repr_latex_()

    def show_text(form: Any, printer: Any, cycle: bool) -> None:
        written = text_of(form)
        if written is not None:
            printer.text(written)
        elif text in before:
            before[text](form, printer, cycle)
        else:
            printer.text(repr(form))

    # Where pyplot has its own way with every figure, one of a story stays as it is drawn.
    formatter.formatters["image/png"].for_type_by_name("convexplain.render.figure", "Picture", _png)
    # A matrix that can be changed is no Basic.
    for home, name in (("sympy.core.basic", "Basic"), ("sympy.matrices.matrixbase", "MatrixBase")):
        latex.for_type_by_name(home, name, show_latex)
        text.for_type_by_name(home, name, show_text)


def _png(picture: Any) -> Any:
    return picture._repr_png_()


def _is_too_large(form: Any) -> bool:
    """Whether a form of the package is one that nobody reads."""
    from convexplain.display.forms import text_of

    return text_of(form) is not None


def _complete_words(session: Any) -> None:
    try:
        from IPython.core.completer import SimpleCompletion, context_matcher
    except ImportError:  # before IPython 8.6, as on Colab
        return

    @context_matcher(identifier="convexplain.words")
    def match(context: Any) -> Any:
        found = words_at(context.text_until_cursor, session.user_ns)
        typed = context.token
        completions = [SimpleCompletion(text=word, type="string") for word in found if word.startswith(typed)]
        return {"completions": completions, "suppress": bool(completions)}

    session.Completer.custom_matchers.append(match)


@contextmanager
def told(what: str, total: int) -> Iterator[Callable[[Any], None]]:
    """A line below the cell that says how far a picture is, of ``total`` parts; the block is given what to call after
    each. Nothing where no notebook looks on.
    """
    module = sys.modules.get("IPython")
    session = module.get_ipython() if module is not None else None
    if session is None or "text/html" not in session.display_formatter.active_types:
        yield lambda part: None
        return
    from IPython.display import display

    wait, done = Wait(time.monotonic()), 0

    def line() -> dict[str, str]:
        return {"text/plain": f"{what}: {wait.words(done, total, time.monotonic())}"}

    shown = display(line(), raw=True, display_id=True)

    def step(part: Any) -> None:
        nonlocal done
        done = min(done + 1, total - 1)
        shown.update(line(), raw=True)

    yield step
    done = total
    shown.update(line(), raw=True)


def words_at(typed: str, known: dict[str, Any]) -> list[str]:
    """The words that may stand in the quotes that ``typed`` has opened, in a call of something of the package; or the
    numbers of levels, where a level is asked for.

    >>> import convexplain as cx
    >>> words_at('ex.film("kernel_flip", quality="', {"ex": cx.notebook()})
    ['low', 'medium', 'full', 'high']
    >>> words_at('ex.verify(call="', {"ex": cx.notebook()})
    ['eager', 'predict', 'both']
    >>> words_at("ex.level(", {"ex": cx.notebook()}), words_at('ex.page("paths", level=', {"ex": cx.notebook()})
    (['1', '2'], ['1', '2'])
    >>> words_at('cx.example("', {"cx": cx})[:2]
    ['sliding_window', 'kernel_flip']
    >>> words_at('ex.stories["', {"ex": cx.example("two_layers")})[-1]
    'gradient_flip'
    """
    inner = None
    while inner != typed:
        inner, typed = typed, re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "_", typed)
    keyed = re.search(r"""([\w.]+)\[\s*["'][\w-]*$""", typed)
    if keyed is not None:
        keys: list[Any] = getattr(_resolved(keyed[1].split("."), known), "_ipython_key_completions_", list)()
        return [key for key in keys if isinstance(key, str)]
    called = re.search(r"([\w.]+)\(([^()]*)$", typed)
    opened = re.search(r"""(?:^|,)\s*(?:(\w+)\s*=\s*)?(?:(["'])[\w-]*|\d*)$""", called[2]) if called else None
    if called is None or opened is None:
        return []
    asked = _resolved(called[1].split("."), known)
    if not callable(asked):
        return []
    parameters = list(inspect.signature(asked).parameters.values())
    place = called[2].count(",")
    if opened[1]:
        parameter = next((one for one in parameters if one.name == opened[1]), None)
    else:
        parameter = parameters[place] if place < len(parameters) else None
    if parameter is None:
        return []
    if not opened[2]:
        is_level = "level" in (parameter.name, getattr(asked, "__name__", ""))
        stack = getattr(getattr(asked, "__self__", None), "stack", None)
        return [str(level) for level in range(1, stack.depth + 1)] if is_level and stack is not None else []
    found = (getattr(names, word, None) for word in re.findall(r"\w+", str(parameter.annotation)))
    return [word for annotation in found for word in names.words(annotation)]


def _resolved(path: list[str], known: dict[str, Any]) -> Any:
    """What a dotted name of the package stands for; nothing of anybody else's is touched."""
    found = known.get(path[0])
    for name in path[1:]:
        home = found.__name__ if isinstance(found, ModuleType) else type(found).__module__
        if home.split(".")[0] != "convexplain" or name.startswith("_"):
            return None
        found = getattr(found, name, None)
    return found
