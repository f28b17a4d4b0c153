"""Stories: what happens, in which order, and where it stands; a script goes in, boards come out.

A story is one module here. It knows the ledger's numbers and the pieces of the board; it computes no index, chooses no
colour and knows no medium. Its ``tell(script, format)`` returns the boards; ``FIGURE`` names those of the composed
figure, ``CHECKED`` the one whose caption is what was checked, where that is more outputs than the layer's, ``FOUND``
the one whose caption is what was found besides. A new one is a module and a row in :data:`STORIES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from convexplain.names import check_name


@dataclass(frozen=True)
class Kind:
    """A row of the table of stories."""

    name: str
    about: str
    """What it shows, in one clause."""
    question: str
    """What people ask."""
    one_channel: bool = False
    """Whether it is about one filter reading one channel, so that a wider layer is narrowed to that."""
    levels: int = 1
    """How many levels it tells, one after the other, as far as there are that many."""
    own: Callable[..., Any] | None = None
    """A user's own ``tell(script, format)``; one of the package is the ``tell`` of the module of its name."""

    first: bool = False
    """Whether it is told of a first output, where one may be chosen and its window reads no padding."""
    example: str | None = None
    """The small example it is first told with; the one of its name when None."""
    answer: str = ""
    """What is known once it is told, of any network, in a clause: the film says it before it asks the next question."""

    @property
    def module(self) -> Any:
        """The module that tells it."""
        return importlib.import_module(f"{__name__}.{self.name}")

    def has(self, constant: str) -> Any:
        """What the module that tells it names so: ``FIGURE``, ``CHECKED`` or ``FOUND``; None where it does not."""
        return None if self.own else getattr(self.module, constant, None)


STORIES = {
    kind.name: kind
    for kind in (
        Kind(
            "sliding_window",
            "one filter slides along a signal, and answers most where it fits",
            "What does one filter do?",
            True,
            first=True,
            answer="a kernel slides along, multiplies and adds up",
        ),
        Kind(
            "kernel_flip",
            "Conv1D slides the kernel as it is; convolve turns it over first",
            "Does Conv1D flip the kernel?",
            True,
            first=True,
            answer="Conv1D does not turn its kernel over",
        ),
        Kind(
            "channel_summation",
            "each channel has its own kernel, and the channels are summed",
            "How do several channels become one number?",
            first=True,
            answer="each channel has a kernel of its own, and their sums are added up",
        ),
        Kind(
            "padding_modes",
            "valid, same and causal: where the zeros go",
            "Why do the lengths differ?",
            True,
            answer="zeros around the samples make more places for the kernel",
        ),
        Kind(
            "paths",
            "every way from a sample to one output",
            "What does a second layer see?",
            levels=3,
            first=True,
            example="two_layers",
            answer="the weights of all paths from a sample to an output add up",
        ),
        Kind(
            "closed_form",
            "the formula of one output, and Keras's number inside its bound",
            "Is the formula what Keras computes?",
            levels=3,
            first=True,
            example="two_layers",
            answer="the formula gives Keras's number, but for rounding",
        ),
        Kind(
            "collapse",
            "two linear layers are one",
            "Are two linear layers one?",
            levels=2,
            answer="two layers with nothing between are one kernel, their convolution",
        ),
        Kind(
            "gradient_flip",
            "the same edges read forward and backward",
            "Where does the flip come from, then?",
            True,
            first=True,
            answer="Conv1D uses its kernel as it is, its gradient turns it over",
        ),
    )
}
"""Every story by name, in the order of the film. The name is also that of its module and of its files."""


def story(
    name: str, about: str, question: str = "", *, one_channel: bool = False, levels: int = 1
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function from (script, format) to boards as a story of its own, told like the package's.

    ``about`` says in one clause what it shows, ``question`` what people ask. An installed package registers its stories
    when they are asked for, by an entry point of the group ``convexplain.stories`` that names such a function's module.

    >>> import convexplain as cx
    >>> from convexplain.board import pieces
    >>> from convexplain.board.marks import Draft
    >>> @cx.story("only_a_sentence", about="nothing but its caption")
    ... def tell(script, form):
    ...     draft = Draft(form)
    ...     pieces.caption(draft, f"The output is {script.output(*script.cell).text}.")
    ...     return (draft.board("sentence", "The output."),)
    >>> cx.example("kernel_flip").story("only_a_sentence", cell=(0, 0)).boards[0].name
    'sentence'
    >>> del STORIES["only_a_sentence"]

    ``ValueError`` when the name is taken or is no identifier. A whole one: ``figures/own_story.py``.
    """

    def register(tell: Callable[..., Any]) -> Callable[..., Any]:
        if not name.isidentifier():
            raise ValueError(f"the name of a story must be an identifier, such as my_story. Received: {name!r}")
        known = STORIES.get(name)
        if known is not None and (known.own is None or known.own.__qualname__ != tell.__qualname__):
            raise ValueError(f"the name of a story must be new. Received: {name!r}, which is told already")
        STORIES[name] = Kind(name, about, question or about, one_channel, levels, tell)
        return tell

    return register


def find(name: str, *others: str) -> Kind:
    """The story of a name, those of installed packages included. ``ValueError`` with the nearest right name, ``others``
    that would do among them.
    """
    if name not in STORIES:
        from importlib.metadata import entry_points

        for entry in entry_points(group="convexplain.stories"):
            entry.load()
    return STORIES[check_name("the story", name, (*STORIES, *others))]
