"""The layers a network is made of, one module per family; see :mod:`convexplain.layers.statement` for how each states
what one output cell is.

This package knows integers and Keras's arguments; it knows nothing of weights, arrays, formulas or pictures. Everything
else in the package multiplies symbols, multiplies numbers or lights cells over the layers' own statements.

A family is imported when one of its names is first asked for: a formula of one layer does not wait for all kinds.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from convexplain.layers.functions import ACTIVATIONS, activation_name
from convexplain.layers.layer import PADDINGS, Array, Cell, Layer, Stated, Term, axes, check_size, is_symbolic, stated

if TYPE_CHECKING:
    from convexplain.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
    from convexplain.layers.convolution import Conv1D, DepthwiseConv1D, SeparableConv1D
    from convexplain.layers.dense import Dense
    from convexplain.layers.merging import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
    from convexplain.layers.normalization import BatchNormalization, LayerNormalization, Rescaling
    from convexplain.layers.operations import GetItem, TrueDivide
    from convexplain.layers.pooling import AveragePooling1D, GlobalAveragePooling1D, GlobalMaxPooling1D, MaxPooling1D
    from convexplain.layers.shaping import (
        ActivityRegularization,
        AlphaDropout,
        Cropping1D,
        Dropout,
        Flatten,
        GaussianDropout,
        GaussianNoise,
        Identity,
        Permute,
        RepeatVector,
        Reshape,
        SpatialDropout1D,
        UpSampling1D,
        ZeroPadding1D,
    )
    from convexplain.layers.transposed import Conv1DTranspose

    LAYERS: dict[str, type[Layer]]
    """Every layer that is explained, by the name of its Keras class."""

_FAMILIES = {
    "convolution": ("Conv1D", "DepthwiseConv1D", "SeparableConv1D"),
    "transposed": ("Conv1DTranspose",),
    "dense": ("Dense",),
    "normalization": ("BatchNormalization", "LayerNormalization", "Rescaling"),
    "pooling": ("MaxPooling1D", "AveragePooling1D", "GlobalMaxPooling1D", "GlobalAveragePooling1D"),
    "shaping": (
        *("ZeroPadding1D", "Cropping1D", "UpSampling1D", "Flatten", "Reshape", "Permute", "RepeatVector", "Identity"),
        *("Dropout", "SpatialDropout1D", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization"),
    ),
    "activation": ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"),
    "merging": ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
    "operations": ("GetItem", "TrueDivide"),
}
"""The module of each family, and its layers by the names of their Keras classes."""
OPERATIONS = _FAMILIES["operations"]
"""Those for which Keras has no layer."""
_HOMES = {name: family for family, names in _FAMILIES.items() for name in names}

__all__ = [
    "ACTIVATIONS",
    "LAYERS",
    "OPERATIONS",
    "PADDINGS",
    "Array",
    "Cell",
    "Layer",
    "Stated",
    "Term",
    "activation_name",
    "axes",
    "check_size",
    "is_symbolic",
    "stated",
    *_HOMES,
]


def __getattr__(name: str) -> Any:
    if name == "LAYERS":
        value: Any = {kind: getattr(sys.modules[__name__], kind) for kind in _HOMES}
    elif name in _HOMES:
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value
