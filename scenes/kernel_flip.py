"""The film of kernel_flip for manim's own command: ``manim -qm scenes/kernel_flip.py KernelFlip``.

Keras slides a kernel as it is; ``scipy.signal.convolve`` turns it over first. ``KernelFlipNotebook`` tells the same of
the first layer of the notebook's model.
"""

from convexplain.films import kernel_flip


class KernelFlip(kernel_flip.KernelFlip):
    """Six samples, three taps, small integers."""

    example = "kernel_flip"


class KernelFlipNotebook(kernel_flip.KernelFlip):
    """The second filter of the notebook's first layer: 20 samples, 5 taps, real numbers."""

    example = "notebook"
    level = 1
    cell = (0, 1)
