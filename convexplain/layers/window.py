"""The one rule that says which sample meets which tap, for every layer that slides a window over the steps.

This module knows integers; where a size may be a sympy symbol, or a step an array or a range of a statement, the same
lines of arithmetic serve it.
"""

from __future__ import annotations

from typing import Any

from convexplain.layers.layer import Layer, ceil_div, is_symbolic, larger
from convexplain.layers.statement import Shape


class Window(Layer):
    """A window of ``kernel_size`` taps, ``dilation_rate`` steps apart, that moves by ``strides`` steps.

    >>> import convexplain as cx
    >>> cx.Conv1D(1, 3, dilation_rate=4).span          # 0, 4, 8: nine steps from the first to the last
    9
    """

    kernel_size: Any
    strides: Any
    padding: str
    dilation_rate: Any = 1
    taps_argument = "kernel_size"

    @property
    def span(self) -> Any:
        """Steps from the first sample a window reads to the last, both included: ``(kernel_size - 1) * dilation_rate
        + 1``.
        """
        return (self.kernel_size - 1) * self.dilation_rate + 1

    def output_steps(self, steps: Any) -> Any:
        """The number of output steps for ``steps`` input steps; not positive when a valid window does not fit.

        >>> import convexplain as cx
        >>> [cx.Conv1D(1, 5, padding=padding).output_steps(20) for padding in ("valid", "same", "causal")]
        [16, 20, 20]
        """
        if self.padding == "same":
            return ceil_div(steps, self.strides)
        if self.padding == "causal":
            return (steps - 1) // self.strides + 1
        return (steps - self.span) // self.strides + 1

    def left_pad(self, steps: Any) -> Any:
        """How many zeros stand before the first of ``steps`` samples. The odd zero of ``same`` goes to the right.

        >>> import convexplain as cx
        >>> [cx.Conv1D(1, 4, padding=padding).left_pad(20) for padding in ("valid", "same", "causal")]
        [0, 1, 3]
        """
        if self.padding == "same":
            total = (self.output_steps(steps) - 1) * self.strides + self.span - steps
            # With stride 1 the total is span - 1, which needs no clamp even when it is a symbol.
            return (total if self.strides == 1 else larger(total, 0)) // 2
        return self.span - 1 if self.padding == "causal" else 0

    def source_step(self, steps: Any, step: Any, tap: Any) -> Any:
        """The input step that ``tap`` reads for output ``step``, on an input of ``steps``: the index rule, for
        integers, arrays, symbols and ranges alike.

        >>> import convexplain as cx
        >>> [cx.Conv1D(1, 3, padding="same").source_step(20, 0, tap) for tap in range(3)]        # -1 is padding
        [-1, 0, 1]
        """
        return step * self.strides - self.left_pad(steps) + tap * self.dilation_rate

    def pads(self, steps: Any) -> tuple[bool, bool]:
        """Whether some window reads before the first and after the last sample; the latter is taken for granted for
        ``same`` with symbols as sizes.

        >>> import convexplain as cx
        >>> cx.Conv1D(1, 3, padding="causal").pads(20)
        (True, False)
        """
        before = bool(self.left_pad(steps) != 0)
        if any(is_symbolic(size) for size in (steps, self.kernel_size, self.strides, self.dilation_rate)):
            return before, self.padding == "same"
        return before, self.source_step(steps, self.output_steps(steps) - 1, self.kernel_size - 1) > steps - 1

    def steps_that_fit(self, shape: Shape) -> Any:
        """The number of output steps for an input of ``shape`` (steps, channels).

        >>> import convexplain as cx
        >>> cx.MaxPooling1D(2).steps_that_fit((20, 4))
        10

        ``ValueError`` when a valid window is longer than the input.
        """
        steps = self.output_steps(shape[0])
        if not is_symbolic(steps) and steps <= 0:
            what = "kernel" if self.taps_argument == "kernel_size" else "window"
            dilation = f", dilation_rate={self.dilation_rate}" if what == "kernel" else ""
            raise ValueError(
                f"the input must be at least as long as the span of the {what}, {self.span} steps, when padding is "
                f"'valid'. Received: steps={shape[0]}, {self.taps_argument}={self.kernel_size}{dilation}"
            )
        return steps
