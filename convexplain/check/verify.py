"""Whether each layer of a network is what its formula says: the probes, and the real numbers against their error
bounds.

This module knows whom to ask for which network, and how far float32 sums may lie from exact ones; it knows of no
tolerance. Probes use weights of their own, so that a network with tiny, zero or unknown weights is judged as sharply
as any other.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from convexplain import exact, ledger, parts
from convexplain.check import oracles, probes
from convexplain.check.mistakes import MISTAKES, right
from convexplain.check.verdict import Check, Distance, LevelVerdict, Verdict
from convexplain.layers import Conv1D, quoted
from convexplain.names import check_name
from convexplain.network import Network, Recorded, sample_input
from convexplain.stack import describe
from convexplain.style import magnitude

ROUNDING = (
    "on the real numbers, products and sums are rounded to float32, in any order, with or without FMA, subnormals "
    "flushed or not: no TF32, Winograd or FFT"
)
_BIAS_ALONG_STEPS = "the bias is added along the steps instead of the channels"
_KERAS_FAULT = (
    "a known fault of Keras on TensorFlow: with data_format='channels_first', and as many filters as output steps, "
    "a layer that is called eagerly adds its bias along the steps; predict is right"
)


class Party(NamedTuple):
    """Who is asked: for every layer, an oracle for probes with weights of our own, and one for the real numbers."""

    call: str | None
    description: str
    probes: Sequence[oracles.Oracle]
    reals: Sequence[oracles.Oracle]
    weights: Sequence[Sequence[np.ndarray]] | None = None
    """The weights that the layers asked on the real numbers have of their own."""


class _Real(NamedTuple):
    """What one layer does with the real numbers."""

    local: Distance | None = None
    total: Distance | None = None
    scipy_difference: float | None = None
    faults: tuple[str, ...] = ()


def verify(
    network: Network,
    oracle: oracles.Oracle | None = None,
    call: str = "eager",
    *,
    memory: int = probes.MEMORY,
    seconds: float = probes.SECONDS,
) -> Verdict:
    """Compare every layer with an oracle: Keras when None.

    ``call`` is how Keras is asked: "eager", "predict" or "both", which reports each apart. A network that was read
    from Keras objects or from a file is compared with layers of those classes and configurations, and on the real
    numbers with those layers themselves. ``memory`` (bytes) and ``seconds`` (for all layers together) limit the proofs
    of the index maps; random probes take their place where they do not suffice. Without weights the real numbers are
    left out; without an input a seeded one is drawn. Raises ``ValueError`` for another ``call`` and for what is no
    oracle, :class:`~convexplain.parts.MissingPart` when the oracle is not installed.

    >>> from convexplain.stack import Stack
    >>> network = Network(Stack((6, 1), [Conv1D(2, 3, use_bias=False)]))
    >>> verify(network, oracles.scipy).ok        # convolve, on the reversed kernel
    True
    >>> def forgets_to_reverse(layer, weights, x):
    ...     return oracles.scipy(layer, [weights[0][::-1]], x)
    >>> verify(network, forgets_to_reverse).levels[0].discrepancy
    'the kernel is flipped along the taps'
    """
    check_name("call", call, (*oracles.CALLS, "both"))
    if oracle is not None and not callable(oracle):
        raise ValueError(
            "oracle must be a callable oracle(layer, weights, x), such as convexplain.oracles.scipy. "
            f"Received: {quoted(oracle)}"
        )
    parties = _parties(network, oracle, call)
    levels = tuple(level for party in parties for level in _judge(network, party, memory, seconds))
    assumptions = (probes.BILINEAR,) if network.weights is None else (probes.BILINEAR, ROUNDING)
    return Verdict(levels, tuple(party.description for party in parties), assumptions)


def check(network: Network, oracle: oracles.Oracle | None = None) -> Check:
    """Compare the real numbers alone: with ``oracle``, or else with what Keras once answered, else with Keras when it
    is installed, else with SciPy.

    ``ValueError`` when the weights are not known.
    """
    if network.weights is None:
        raise ValueError("a check of numbers needs weights. Received: a stack alone")
    if oracle is None and network.recorded is not None:
        party = Party(None, network.recorded.source, (), [_record(output) for output in network.recorded.outputs])
    else:
        if oracle is None and not parts.is_installed(*parts.keras_and_backend()):
            oracle = oracles.scipy
        (party,) = _parties(network, oracle, "eager")
    found = list(_real_numbers(network, party, thorough=False))
    return Check(party.description, tuple(real.local for real in found), not any(real.faults for real in found))


def check_line(network: Network, levels: Iterable[int] | None = None) -> str:
    """What a picture says of its numbers, in one sentence: who gives the same, how many outputs of ``levels`` (of all
    when None) were compared, and the largest difference. See :func:`check` for whom is asked.

    >>> from convexplain.examples import network
    >>> check_line(network("notebook"), levels=(2,))
    'Keras 3.15.1 gives the same numbers: 96 outputs compared, largest difference 0.000000064'
    """
    found = check(network)
    return (found if levels is None else found.of(levels)).line


def record(network: Network, call: str = "eager") -> Recorded:
    """Ask Keras for the output of every layer, each fed Keras's own output of the layer before.

    ``ValueError`` when the weights are not known or Keras's answer is none; :class:`~convexplain.parts.MissingPart`
    when Keras is not installed.
    """
    if network.weights is None:
        raise ValueError("numbers need weights. Received: a stack alone")
    (party,) = _parties(network, None, call)
    below = sample_input(network.stack) if network.x is None else network.x
    outputs = []
    for number, (layer, arrays, oracle) in enumerate(
        zip(network.stack.layers, network.weights, party.reals, strict=True), 1
    ):
        try:
            below = probes.ask(oracle, layer, arrays, below[None])[0].astype(np.float32)
        except probes.WrongAnswer as fault:
            raise ValueError(f"{describe(layer, number)}: {fault}") from None
        outputs.append(below)
    return Recorded(tuple(outputs), party.description)


class Landing(NamedTuple):
    """Where float32 may land for one output, and where Keras did."""

    exact: Fraction
    """The output as its formula gives it, nothing rounded on the way."""
    bound: Fraction
    """How far any float32 computation may lie from it, whatever its order."""
    answer: Fraction | None
    """Keras's number; None where it was not asked."""


def landing(network: Network, level: int, cell: tuple[int, int], base: int = 0) -> Landing:
    """Where one output of ``level`` lands, computed from the values of level ``base`` on.

    ``ValueError`` when the weights are not known.
    """
    values = ledger.evaluate(network).values
    followed: tuple[exact.Scaled, exact.Scaled] | None = None
    for number in range(base + 1, level + 1):
        layer, arrays = network.stack.layers[number - 1], network.weights[number - 1]  # type: ignore[index]
        samples = exact.scaled(values[number - 1])
        bounds = exact.error_bounds(layer, arrays, samples)
        if followed is None:
            followed = (exact.exact_values(layer, arrays, samples), bounds)
        else:
            followed = _follow(layer, arrays, followed, bounds)
    assert followed is not None
    found, bound = (part[cell].largest() for part in (followed[0], followed[1]))
    answer = None if network.recorded is None else exact.fraction(network.recorded.outputs[level - 1][cell])
    return Landing(found, bound, answer)


def name_mistakes(layer: Conv1D, answers: Sequence[probes.Answer]) -> tuple[str, ...]:
    """The usual mistakes that give these answers exactly; none for right answers."""
    if all(_agree(answer, right(layer, answer.weights, answer.x)) for answer in answers):
        return ()
    return tuple(
        name
        for name, mistaken in MISTAKES.items()
        if all(_agree(answer, mistaken(layer, answer.weights, answer.x)) for answer in answers)
    )


def _agree(answer: probes.Answer, expected: np.ndarray) -> bool:
    """Whether an answer is as expected wherever float32 holds it exactly: above, the order of summation matters."""
    held = np.abs(expected) <= 1 << exact.ROUNDOFF_BITS
    return np.array_equal(answer.y[held].astype(np.float32), expected[held].astype(np.float32))


def _parties(network: Network, oracle: oracles.Oracle | None, call: str) -> list[Party]:
    """Who is to be asked about ``network``."""
    depth = network.stack.depth
    if oracle is not None and oracle is not oracles.keras:
        return [Party(None, oracles.describe(oracle), [oracle] * depth, [oracle] * depth)]
    calls = oracles.CALLS if call == "both" else (call,)
    parts.require("keras")
    live = _load(network) if network.live is None and network.path is not None else network.live
    if live is None:
        return [
            Party(manner, oracles.describe(oracles.keras, manner), [asked] * depth, [asked] * depth)
            for manner, asked in ((manner, oracles.keras_called(manner)) for manner in calls)
        ]
    return [
        Party(
            manner,
            oracles.describe(oracles.keras, manner),
            [oracles.like(layer, manner) for layer in live],
            [oracles.itself(layer, manner) for layer in live],
            [oracles.own_weights(layer) for layer in live],
        )
        for manner in calls
    ]


def _load(network: Network) -> tuple[Any, ...]:
    """The layers of the network's file as Keras reads them."""
    from convexplain import reader

    models = parts.require("keras").models
    try:
        loaded = reader.read_again(network, models.load_model(network.path, safe_mode=True, compile=False))
    except Exception as error:
        raise ValueError(
            f"Keras must be able to load the file. Received: {type(error).__name__}: {quoted(error, 120)}"
        ) from None
    if loaded.stack.shapes != network.stack.shapes or loaded.live is None:
        raise ValueError(f"Keras must load the network that was read. Received: levels of shape {loaded.stack.shapes}")
    return loaded.live


def _record(output: np.ndarray) -> oracles.Oracle:
    """An oracle that gives what it once gave."""
    return lambda layer, weights, x: output[None]


def _judge(network: Network, party: Party, memory: int, seconds: float) -> Iterator[LevelVerdict]:
    """The verdict on every layer, first layer first."""
    stack = network.stack
    reals = list(_real_numbers(network, party)) if network.weights is not None else [_Real()] * stack.depth
    end = time.monotonic() + seconds
    for number, (layer, shape, real) in enumerate(zip(stack.layers, stack.shapes, reals, strict=False), 1):
        share = max(0.0, end - time.monotonic()) / (stack.depth - number + 1)
        found = probes.examine(layer, shape, party.probes[number - 1], memory, share)
        mistakes = name_mistakes(layer, found.answers) if found.faults else ()
        discrepancy = ", or ".join(mistakes) or None
        if _BIAS_ALONG_STEPS in mistakes and party.call == "eager" and layer.data_format == "channels_first":
            discrepancy = f"{discrepancy} ({_KERAS_FAULT})"
        yield LevelVerdict(
            number=number,
            name=layer.name,
            layer=repr(layer),
            input_shape=shape,
            output_shape=stack.shapes[number],
            call=party.call,
            index_map=found.index_map,
            index_map_how=found.index_map_how,
            bias=found.bias,
            cells_equal=found.cells_equal,
            cells=found.cells,
            local=real.local,
            total=real.total,
            scipy_difference=real.scipy_difference,
            faults=(*found.faults, *_misread(network, party, number), *real.faults),
            discrepancy=discrepancy,
        )


def _misread(network: Network, party: Party, number: int) -> Iterator[str]:
    """What of a layer's own weights is not what was read."""
    if party.weights is None or network.weights is None:
        return
    for name, own, read in zip(
        ("kernel", "bias"), party.weights[number - 1], network.weights[number - 1], strict=False
    ):
        if not np.array_equal(own, read):
            yield f"weights: the {name} must be what was read. Received: another one from Keras"


def _real_numbers(network: Network, party: Party, thorough: bool = True) -> Iterator[_Real]:
    """Every layer fed the oracle's own output of the layer before and, when ``thorough``, also followed from the
    input on.
    """
    stack, weights = network.stack, network.weights
    assert weights is not None
    below = sample_input(stack) if network.x is None else network.x
    followed: tuple[exact.Scaled, exact.Scaled] | None = None
    for number, (layer, arrays, oracle) in enumerate(zip(stack.layers, weights, party.reals, strict=True), 1):
        if not np.isfinite(below).all():
            yield _Real(Distance(Fraction(0), Fraction(0), 0, skipped=math.prod(stack.shapes[number]), compared=0))
            followed, below = None, np.full(stack.shapes[number], np.inf, dtype=np.float32)
            continue
        samples = exact.scaled(below)
        value, bounds = exact.exact_values(layer, arrays, samples), exact.error_bounds(layer, arrays, samples)
        compared = ~exact.may_overflow(layer, arrays, bounds)
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                answer = probes.ask(oracle, layer, arrays, below[None], finite=False)[0].astype(np.float32)
            if not np.isfinite(answer[compared]).all():
                raise probes.WrongAnswer("the answer must be finite where no order of summation overflows")
        except probes.WrongAnswer as fault:
            yield _Real(faults=(f"real numbers: {fault}",))
            # The layers above can still be asked about the numbers that a right layer would give.
            below, followed = value.to_float32(), None
            continue
        local = _distance(answer, value, bounds, compared)
        # What lies within its own bound in every layer lies within the bound from the input on: that follows.
        if number == 1:
            followed = (value, bounds)
        elif followed is not None:
            followed = _follow(layer, arrays, followed, bounds) if thorough else None
        followed = followed if compared.all() else None
        total = None if followed is None else _distance(answer, *followed, compared)
        apart = None
        if thorough and oracle is not oracles.scipy and np.isfinite(answer).all():
            apart = float(np.abs(answer.astype(np.float64) - oracles.scipy(layer, arrays, below[None])[0]).max())
        yield _Real(local, total, apart, _beyond(local))
        below = answer


def _follow(
    layer: Conv1D, weights: Sequence[np.ndarray], below: tuple[exact.Scaled, exact.Scaled], bounds: exact.Scaled
) -> tuple[exact.Scaled, exact.Scaled]:
    """The exact values of the next level, and how far an oracle's may lie from them.

    What the oracle's input is off by goes through the weights' sizes, and the layer's own rounding, ``bounds``, is
    added.
    """
    value, apart = below
    carried = exact.exact_sums(layer, apart, abs(exact.scaled(weights[0])))
    return exact.exact_values(layer, weights, value), (carried + bounds).coarsened()


def _distance(answer: np.ndarray, value: exact.Scaled, bounds: exact.Scaled, compared: np.ndarray) -> Distance:
    """How far the answer lies from the exact values where it is compared: decided in integers."""
    count = int(np.count_nonzero(compared))
    skipped = compared.size - count
    if not count:
        return Distance(Fraction(0), Fraction(0), 0, skipped, count)
    apart = abs(exact.scaled(answer[compared]) - value[compared])
    bounds = bounds[compared]
    return Distance(apart.largest(), bounds.largest(), int(np.count_nonzero(apart.exceeds(bounds))), skipped, count)


def _beyond(distance: Distance) -> tuple[str, ...]:
    if not distance.beyond:
        return ()
    return (
        f"real numbers: in {distance.beyond:,} outputs further from the exact value than any order of summation "
        f"allows; the largest distance is {magnitude(distance.error)}, the largest bound {magnitude(distance.bound)}",
    )
