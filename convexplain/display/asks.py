"""What can be asked of a network, as it is typed: only what it has an answer to.

This module knows the questions of an explanation by name; it asks none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convexplain.explanation import Explanation


class Ask(NamedTuple):
    """Something to type, and what it answers."""

    code: str
    answer: str


def asks(explanation: Explanation) -> dict[str, list[Ask]]:
    """What can be asked of a network, by what is answered: only what it has an answer to.

    >>> import convexplain as cx
    >>> [ask.code for ask in asks(cx.notebook())["Numbers"]]
    ['ex.ledger(0, 0)', 'ex.levels()', 'ex.verify()']
    >>> list(asks(cx.explain(cx.Stack((4, 1), [cx.ReLU()]))))
    ['Formulas', 'Numbers and pictures']
    """
    from convexplain.stories.within import is_told_whole

    stack = explanation.stack
    level, chain = stack.outputs[0], is_told_whole(stack)
    cell, outputs = ", ".join("0" * len(stack.shapes[level])), explanation.level(level)
    written = outputs.is_written()
    formulas = [Ask(f"ex[{cell}]", "one output as a formula")] if written else []
    if (level > stack.input_count or not written) and outputs.is_written(depth=1):
        answer = "its last layer alone" if written else "one output in the level below it"
        formulas.append(Ask(f"ex.level({level}).at({cell}, depth=1)", answer))
    formulas.insert(1, Ask(f"ex.equation({level})", "a layer in one line"))
    if chain and stack.is_linear and stack.depth > 1:
        formulas.append(Ask("ex.collapse()", "its linear layers as one"))
    if chain:
        formulas.append(Ask('ex.gradient("x")', "where the flip is at home"))
    formulas.append(Ask("ex.code()", "all of it as a NumPy program"))
    found, check = {"Formulas": formulas}, Ask("ex.verify()", "is it what Keras computes?")
    if explanation.network.weights is not None:
        found["Numbers"] = [
            Ask(f"ex.ledger({cell})", "every product behind one output"),
            Ask("ex.levels()", "the values of every level"),
            check,
        ]
        questions = explanation.stories.questions()
        if questions:
            found["Pictures"] = [
                *(Ask(f'ex.figure("{name}")', question) for name, question, _ in questions),
                Ask("ex.film(...), ex.page(...)", "the same stories moving, or to click through"),
            ]
    else:
        found["Numbers and pictures"] = [
            check,
            Ask("cx.explain(stack, weights=[[kernel, bias], ...])", "they need weights: one list per layer"),
        ]
    return found
