"""The layers a network is made of, one module per family; see :mod:`convexplain.layers.statement` for how each states
what one output cell is.

This package knows integers and Keras's arguments; it knows nothing of weights, arrays, formulas or pictures. Everything
else in the package multiplies symbols, multiplies numbers or lights cells over the layers' own statements.
"""

from convexplain.layers.activation import (
    ACTIVATIONS,
    ELU,
    Activation,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    activation_name,
)
from convexplain.layers.convolution import Conv1D, DepthwiseConv1D, SeparableConv1D
from convexplain.layers.dense import Dense
from convexplain.layers.layer import (
    PADDINGS,
    Array,
    Cell,
    Layer,
    Stated,
    Term,
    axes,
    check_size,
    is_symbolic,
    quoted,
    stated,
)
from convexplain.layers.merging import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from convexplain.layers.normalization import BatchNormalization, LayerNormalization, Rescaling
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

LAYERS: dict[str, type[Layer]] = {
    kind.__name__: kind
    for kind in (
        *(Conv1D, DepthwiseConv1D, SeparableConv1D, Conv1DTranspose, Dense),
        *(BatchNormalization, LayerNormalization, Rescaling),
        *(MaxPooling1D, AveragePooling1D, GlobalMaxPooling1D, GlobalAveragePooling1D),
        *(ZeroPadding1D, Cropping1D, UpSampling1D, Flatten, Reshape, Permute, RepeatVector, Identity),
        *(Dropout, SpatialDropout1D, AlphaDropout, GaussianDropout, GaussianNoise, ActivityRegularization),
        *(Activation, ReLU, LeakyReLU, PReLU, ELU, Softmax),
        *(Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate),
    )
}
"""Every layer that is explained, by the name of its Keras class."""

__all__ = [
    "ACTIVATIONS",
    "LAYERS",
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
    "quoted",
    "stated",
    *LAYERS,
]
