"""See exactly what a stack of Keras ``Conv1D`` layers computes: as formulas, as checked numbers, as pictures and films.

Begin with a network::

    ex = cx.notebook()                       the notebook's model, with weights and input; needs no Keras
    ex = cx.explain(model, x=sample)         a Keras model, a built layer, or the path of a .keras file
    ex = cx.explain(stack)                   formulas alone, of stack = cx.Stack((20, 1), [cx.Conv1D(4, 5), ...])
    ex = cx.example("kernel_flip")           a small one with integers, see cx.examples

and ask it::

    ex.equation(2)                           what a layer computes, in one line
    ex[0, 3]                                 output step 0, channel 3, as a sympy expression; ex.level(1)[0, 3]
    ex.expanded(0, 3)                        the same multiplied out: one product for each path through the layers
    ex.collapse(), ex.gradient("x")          linear layers as one; the derivative by the input or by a weight
    ex.ledger(0, 3)                          every product behind that number, exactly
    ex.verify()                              is it what Keras computes? a proof, and a bound in place of a tolerance
    ex.figure("channel_summation")           a matplotlib figure; cx.save(figure, "sum.pdf")
    ex.animate("kernel_flip", "flip.gif")    an animation; ex.film(...) a film, ex.page(...) an interactive page

>>> import convexplain as cx
>>> stack = cx.Stack((20, 1), [cx.Conv1D(4, 5, use_bias=False), cx.Conv1D(8, 5, use_bias=False)])
>>> cx.explain(stack).equation(2)            # output step t, filter f; tap k, channel c
Eq(y2[t, f], Sum(w2[k, c, f]*y1[k + t, c], (c, 0, 3), (k, 0, 4)))

More of each: ``help(cx.Explanation)``, ``help(cx.Conv1D)``. Beside these: ``cx.Graph`` joins layers that are no chain,
``cx.equation`` writes one layer with symbols for its sizes, ``cx.flip_identity()`` derives why ``convolve`` needs the
kernel reversed, ``cx.oracles`` are others to compare with, ``cx.story`` registers a story of one's own.
``cx.MissingPart`` is raised for what is not installed, ``cx.Refuted`` where numbers are not those of their layers.

This module knows the public names and where each lives; each is imported when it is first used, so importing the
package is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convexplain import examples
    from convexplain.algebra.equation import equation
    from convexplain.algebra.flip import flip_identity
    from convexplain.check import oracles
    from convexplain.explanation import Explanation, example, explain, notebook
    from convexplain.graph import Graph
    from convexplain.layers import (
        ELU,
        Activation,
        ActivityRegularization,
        Add,
        AlphaDropout,
        Average,
        AveragePooling1D,
        BatchNormalization,
        Cell,
        Concatenate,
        Conv1D,
        Conv1DTranspose,
        Cropping1D,
        Dense,
        DepthwiseConv1D,
        Dropout,
        Flatten,
        GaussianDropout,
        GaussianNoise,
        GetItem,
        GlobalAveragePooling1D,
        GlobalMaxPooling1D,
        Identity,
        LayerNormalization,
        LeakyReLU,
        Maximum,
        MaxPooling1D,
        Minimum,
        Multiply,
        Permute,
        PReLU,
        ReLU,
        RepeatVector,
        Rescaling,
        Reshape,
        SeparableConv1D,
        Softmax,
        SpatialDropout1D,
        Subtract,
        Term,
        TrueDivide,
        UpSampling1D,
        ZeroPadding1D,
    )
    from convexplain.render.figure import save
    from convexplain.stack import Path, Stack
    from convexplain.stories import story
    from convexplain.stories.script import Refuted
    from convexplain.system.parts import MissingPart

_HOMES = {
    "Activation": "layers",
    "ActivityRegularization": "layers",
    "Add": "layers",
    "AlphaDropout": "layers",
    "Average": "layers",
    "AveragePooling1D": "layers",
    "BatchNormalization": "layers",
    "Cell": "layers",
    "Concatenate": "layers",
    "Conv1D": "layers",
    "Conv1DTranspose": "layers",
    "Cropping1D": "layers",
    "Dense": "layers",
    "DepthwiseConv1D": "layers",
    "Dropout": "layers",
    "ELU": "layers",
    "Explanation": "explanation",
    "Flatten": "layers",
    "GaussianDropout": "layers",
    "GaussianNoise": "layers",
    "GetItem": "layers",
    "GlobalAveragePooling1D": "layers",
    "GlobalMaxPooling1D": "layers",
    "Graph": "graph",
    "Identity": "layers",
    "LayerNormalization": "layers",
    "LeakyReLU": "layers",
    "MaxPooling1D": "layers",
    "Maximum": "layers",
    "Minimum": "layers",
    "MissingPart": "system.parts",
    "Multiply": "layers",
    "PReLU": "layers",
    "Path": "stack",
    "Permute": "layers",
    "ReLU": "layers",
    "Refuted": "stories.script",
    "RepeatVector": "layers",
    "Rescaling": "layers",
    "Reshape": "layers",
    "SeparableConv1D": "layers",
    "Softmax": "layers",
    "SpatialDropout1D": "layers",
    "Stack": "stack",
    "Subtract": "layers",
    "TrueDivide": "layers",
    "Term": "layers",
    "UpSampling1D": "layers",
    "ZeroPadding1D": "layers",
    "equation": "algebra.equation",
    "example": "explanation",
    "explain": "explanation",
    "flip_identity": "algebra.flip",
    "notebook": "explanation",
    "save": "render.figure",
    "story": "stories",
}
_ALIASES = {
    "AvgPool1D": "AveragePooling1D",
    "Convolution1D": "Conv1D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "MaxPool1D": "MaxPooling1D",
    "SeparableConvolution1D": "SeparableConv1D",
}
"""Keras's other names of layers."""
_MODULES = {"examples": "examples", "oracles": "check.oracles"}

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "Add",
    "AlphaDropout",
    "Average",
    "AveragePooling1D",
    "BatchNormalization",
    "Cell",
    "Concatenate",
    "Conv1D",
    "Conv1DTranspose",
    "Cropping1D",
    "Dense",
    "DepthwiseConv1D",
    "Dropout",
    "Explanation",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GetItem",
    "GlobalAveragePooling1D",
    "GlobalMaxPooling1D",
    "Graph",
    "Identity",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPooling1D",
    "Maximum",
    "Minimum",
    "MissingPart",
    "Multiply",
    "PReLU",
    "Path",
    "Permute",
    "ReLU",
    "Refuted",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "SeparableConv1D",
    "Softmax",
    "SpatialDropout1D",
    "Stack",
    "Subtract",
    "Term",
    "TrueDivide",
    "UpSampling1D",
    "ZeroPadding1D",
    "equation",
    "example",
    "examples",
    "explain",
    "flip_identity",
    "notebook",
    "oracles",
    "save",
    "story",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    if name in _ALIASES:
        value = __getattr__(_ALIASES[name])
    elif name in _MODULES:
        value = importlib.import_module(f"{__name__}.{_MODULES[name]}")
    elif name in _HOMES:
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{_nearest(name)}")
    globals()[name] = value
    return value


def _nearest(name: str) -> str:
    """The public name that may have been meant; none for a module, which is asked for here before it is imported."""
    from importlib.util import find_spec

    if name.isidentifier() and find_spec(f"{__name__}.{name}"):
        return ""
    from convexplain.names import nearest

    return nearest(name, [*__all__, *_ALIASES])


def __dir__() -> list[str]:
    return sorted([*__all__, *_ALIASES, "__version__"])
