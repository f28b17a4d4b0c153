"""Whether each layer of a network is what its formula says: the probes, and the real numbers against their error
bounds.

This module knows whom to ask for which network, and takes from the layers' statements how far float32 may lie from the
exact numbers; it knows of no tolerance. Probes use weights of their own, so that a network with tiny, zero or unknown
weights is judged as sharply as any other.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from convexplain.check import asking, bounds, mistakes, oracles, probes
from convexplain.check.verdict import Check, Distance, LevelVerdict, Verdict
from convexplain.graph import Graph
from convexplain.layers import Conv1D, Layer
from convexplain.names import check_name, quoted
from convexplain.network import Network, Recorded, sample_inputs
from convexplain.numbers import exact, ledger
from convexplain.stack import describe
from convexplain.style import magnitude
from convexplain.system import parts

ROUNDING = (
    "on the real numbers, products and sums are rounded to float32, in any order, with or without FMA, subnormals "
    "flushed or not: no TF32, Winograd or FFT"
)
OPERATIONS = (
    "an operation such as a + b, and what a layer makes before an activation that is a layer, is compared with "
    "the Keras layer that does the same"
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
    bare: Sequence[oracles.Oracle | None] = ()
    """For every layer, an oracle for it without its activation, where that is another one."""
    weights: Sequence[Sequence[np.ndarray] | None] | None = None
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
    oracle, :class:`~convexplain.system.parts.MissingPart` when the oracle is not installed.

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
    assumed: dict[str, None] = {}
    levels = tuple(level for party in parties for level in _judge(network, party, memory, seconds, assumed))
    used = set().union(*(bounds.functions(network.stack.stated(level)) for level in _made(network.stack)))
    if network.weights is not None or used:
        assumed[ROUNDING] = None
    assumed |= dict.fromkeys(bounds.assumptions(used))
    if oracle in (None, oracles.keras) and network.live is not None and None in network.live:
        assumed[OPERATIONS] = None
    return Verdict(levels, tuple(party.description for party in parties), tuple(assumed))


def check(network: Network, oracle: oracles.Oracle | None = None) -> Check:
    """Compare the real numbers alone: with ``oracle``, or else with what Keras once answered, else with Keras when it
    is installed, else with SciPy.

    ``ValueError`` when the weights are not known.
    """
    if network.weights is None:
        raise ValueError("a check of numbers needs weights. Received: a stack alone")
    if oracle is None and network.recorded is not None:
        answers = [_record(output) for output in network.recorded.outputs]
        party = Party(None, network.recorded.source, (), answers)
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
    'Keras 3.15.1 computes the same outputs: 96 compared, largest difference 0.000000064'
    """
    found = check(network)
    return (found if levels is None else found.of(levels)).line


def record(network: Network, call: str = "eager") -> Recorded:
    """Ask Keras for the output of every layer, each fed Keras's own output of the layer before.

    ``ValueError`` when the weights are not known or Keras's answer is none;
    :class:`~convexplain.system.parts.MissingPart` when Keras is not installed.
    """
    if network.weights is None:
        raise ValueError("numbers need weights. Received: a stack alone")
    (party,) = _parties(network, None, call)
    stack = network.stack
    levels = list(_inputs(network))
    for number in _made(stack):
        layer, oracle = stack.layer(number), party.reals[number - stack.input_count]
        read = [levels[source][None] for source in stack.sources(number)]
        try:
            levels.append(asking.ask(oracle, layer, network.arrays(number), read)[0].astype(np.float32))
        except asking.WrongAnswer as fault:
            raise ValueError(f"{describe(layer, number)}: {fault}") from None
    return Recorded(tuple(levels[stack.input_count :]), party.description)


class Landing(NamedTuple):
    """Where float32 may land for one output, and where Keras did."""

    exact: Fraction
    """The output as its formula gives it, nothing rounded on the way."""
    bound: Fraction
    """How far any float32 computation may lie from it, whatever its order; 0 where float32 holds every number."""
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
        limits, held = exact.error_bounds(layer, arrays, samples), exact.is_held(layer, arrays, samples)
        if followed is None:
            bounds = exact.Scaled(np.where(held, 0, limits.integers), limits.exponent)
            followed = (exact.exact_values(layer, arrays, samples), bounds)
        else:
            carried = exact.exact_sums(layer, followed[1], abs(exact.scaled(arrays[0])))
            held &= carried.integers == 0
            limits = exact.Scaled(np.where(held, 0, limits.integers), limits.exponent)
            followed = exact.exact_values(layer, arrays, followed[0]), (carried + limits).coarsened()
    assert followed is not None
    found, bound = (part[cell].largest() for part in (followed[0], followed[1]))
    answer = None if network.recorded is None else exact.fraction(network.recorded.outputs[level - 1][cell])
    return Landing(found, bound, answer)


def name_mistakes(layer: Layer, answers: Sequence[asking.Answer]) -> tuple[str, ...]:
    """The usual mistakes that give these answers: exactly, where float32 does not round; none for right answers.

    A mistake must give every number wherever a computation of it stays within float32's range, wrong ones among them.
    """
    wrong = []
    for answer in answers:
        shapes = [level.shape[1:] for level in answer.inputs]
        expected = bounds.outcome(bounds.form(answer.layer, answer.weights, answer.inputs, shapes))
        wrong.append(~_within(answer.y, expected) & np.isfinite(expected.bound))

    def explains(mistake: mistakes.Mistake) -> bool:
        told = False
        for answer, off in zip(answers, wrong, strict=True):
            made = mistake.outcome(answer.layer, answer.weights, answer.inputs)
            held = np.isfinite(made.bound)
            if not _within(answer.y, made)[held].all():
                return False
            told = told or bool((off & held).any())
        return told

    if not any(off.any() for off in wrong):
        return ()
    return tuple(name for name, mistake in mistakes.of(layer).items() if explains(mistake))


def _within(y: np.ndarray, expected: bounds.Outcome) -> np.ndarray:
    """Which outputs are as expected, to within what float32 rounds."""
    return np.abs(y - expected.value) <= expected.bound


def _made(stack: Graph) -> range:
    """The levels that layers make."""
    return range(stack.input_count, stack.depth + 1)


def _inputs(network: Network) -> tuple[np.ndarray, ...]:
    """The inputs; seeded ones where none are known."""
    return sample_inputs(network.stack) if network.inputs is None else network.inputs


def _parties(network: Network, oracle: oracles.Oracle | None, call: str) -> list[Party]:
    """Who is to be asked about ``network``."""
    stack = network.stack
    depth = len(stack.layers)
    if oracle is not None and oracle is not oracles.keras:
        description = oracles.describe(oracle)
        if oracle is oracles.scipy and not all(isinstance(layer, Conv1D) for layer in stack.layers):
            description += "; layers that are no Conv1D in NumPy"
        return [Party(None, description, [oracle] * depth, [oracle] * depth)]
    calls = oracles.CALLS if call == "both" else (call,)
    parts.require("keras")
    lives = _load(network) if network.live is None and network.path is not None else network.live
    found = []
    for manner in calls:
        from_record = oracles.keras_called(manner)
        live = lives or (None,) * depth
        own = [
            None if one is None else oracles.own_weights(one, layer, stack.source_shapes(number))
            for number, (one, layer) in enumerate(zip(live, stack.layers, strict=True), stack.input_count)
        ]
        found.append(
            Party(
                manner,
                oracles.describe(oracles.keras, manner),
                [from_record if one is None else oracles.like(one, manner) for one in live],
                [from_record if one is None else oracles.itself(one, manner) for one in live],
                [
                    None
                    if one is None or not hasattr(one, "activation")
                    else oracles.like(one, manner, activation="linear")
                    for one in live
                ],
                None if lives is None else own,
            )
        )
    return found


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


def _judge(
    network: Network, party: Party, memory: int, seconds: float, assumed: dict[str, None]
) -> Iterator[LevelVerdict]:
    """The verdict on every layer, first layer first; what the proofs assume is entered in ``assumed``."""
    stack = network.stack
    depth = len(stack.layers)
    reals = list(_real_numbers(network, party)) if network.weights is not None else [_Real()] * depth
    end = time.monotonic() + seconds
    for place, (number, layer, real) in enumerate(zip(_made(stack), stack.layers, reals, strict=True)):
        share = max(0.0, end - time.monotonic()) / (depth - place)
        shapes = stack.source_shapes(number)
        bare = party.bare[place] if party.bare else None
        found = probes.examine(layer, shapes, party.probes[place], memory, share, bare)
        assumed |= dict.fromkeys(found.assumptions)
        named = name_mistakes(layer, found.answers) if found.faults else ()
        discrepancy = ", or ".join(named) or None
        first = getattr(layer, "data_format", None) == "channels_first"
        if _BIAS_ALONG_STEPS in named and party.call == "eager" and first:
            discrepancy = f"{discrepancy} ({_KERAS_FAULT})"
        yield LevelVerdict(
            number=number,
            name=layer.name,
            layer=repr(layer),
            input_shapes=shapes,
            output_shape=stack.shapes[number],
            call=party.call,
            index_map=found.index_map,
            index_map_how=found.index_map_how,
            bias=found.bias,
            cells_equal=found.cells_equal,
            cells=found.cells,
            cells_within=found.cells_within,
            cells_bounded=found.cells_bounded,
            local=real.local,
            total=real.total,
            scipy_difference=real.scipy_difference,
            faults=(*found.faults, *_misread(network, party, number), *real.faults),
            discrepancy=discrepancy,
        )


def _misread(network: Network, party: Party, number: int) -> Iterator[str]:
    """What of a layer's own weights is not what was read."""
    place = number - network.stack.input_count
    own = None if party.weights is None else party.weights[place]
    if own is None or network.weights is None:
        return
    arrays = network.stack.layer(number).arrays(*network.stack.source_shapes(number))
    for array, theirs, read in zip(arrays, own, network.weights[place], strict=True):
        if not np.array_equal(theirs, read):
            yield f"weights: the {array.name} must be what was read. Received: another one from Keras"


class _Followed(NamedTuple):
    """A level as it is when followed from the inputs on: the exact numbers, to within what the bound covers, and how
    far float32 may lie from them.
    """

    value: np.ndarray
    bound: np.ndarray


def _real_numbers(network: Network, party: Party, thorough: bool = True) -> Iterator[_Real]:
    """Every layer fed the oracle's own outputs of the layers before and, when ``thorough``, also followed from the
    inputs on.
    """
    stack = network.stack
    levels: list[np.ndarray] = list(_inputs(network))
    followed: list[_Followed | None] = [_Followed(x.astype(np.float64), np.zeros(x.shape)) for x in levels]
    for number in _made(stack):
        layer, arrays, sources = stack.layer(number), network.arrays(number), stack.sources(number)
        oracle = party.reals[number - stack.input_count]
        read, shapes = [levels[source] for source in sources], stack.source_shapes(number)
        if not all(np.isfinite(level).all() for level in read):
            skipped = math.prod(stack.shapes[number])
            yield _Real(Distance(Fraction(0), Fraction(0), 0, skipped=skipped, compared=0))
            followed.append(None)
            levels.append(np.full(stack.shapes[number], np.inf, dtype=np.float32))
            continue
        value, bound = bounds.outcome(bounds.form(layer, arrays, read, shapes))
        compared = np.isfinite(bound)
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                asked = [level[None] for level in read]
                answer = asking.ask(oracle, layer, arrays, asked, finite=False)[0].astype(np.float32)
            if not np.isfinite(answer[compared]).all():
                raise asking.WrongAnswer("the answer must be finite where no order of summation overflows")
        except asking.WrongAnswer as fault:
            yield _Real(faults=(f"real numbers: {fault}",))
            # The layers above can still be asked about the numbers that a right layer would give.
            followed.append(None)
            with np.errstate(over="ignore"):
                levels.append(value.astype(np.float32))
            continue
        local = _distance(answer, value, bound, compared)
        # What lies within its own bound in every layer lies within the bound from the inputs on: that follows.
        before = [followed[source] for source in sources]
        after = None
        if thorough and compared.all() and all(before):
            after = _follow(layer, arrays, [one for one in before if one is not None], shapes)
        followed.append(after)
        total = None if after is None else _distance(answer, *after, np.isfinite(after.bound))
        apart = None
        plain = isinstance(layer, Conv1D) and layer.activation in ("linear", "relu")
        if thorough and plain and oracle is not oracles.scipy and np.isfinite(answer).all():
            apart = float(np.abs(answer.astype(np.float64) - oracles.scipy(layer, arrays, read[0][None])[0]).max())
        yield _Real(local, total, apart, _beyond(local))
        levels.append(answer)


def _follow(
    layer: Layer, weights: Sequence[np.ndarray], below: Sequence[_Followed], shapes: Sequence[Any]
) -> _Followed | None:
    """The exact values of the next level, and how far an oracle's may lie from them: what its inputs are off by goes
    through the statement. None where that leaves no bound.
    """
    form = bounds.form(layer, weights, [one.value for one in below], shapes)
    found = bounds.outcome(form, [one.bound for one in below])
    return _Followed(*found) if np.isfinite(found.bound).all() else None


def _distance(answer: np.ndarray, value: np.ndarray, bound: np.ndarray, compared: np.ndarray) -> Distance:
    """How far the answer lies from the exact values where it is compared; float64's own rounding is part of the
    bound.
    """
    count = int(np.count_nonzero(compared))
    skipped = compared.size - count
    if not count:
        return Distance(Fraction(0), Fraction(0), 0, skipped, count)
    apart = np.abs(answer[compared].astype(np.float64) - value[compared])
    held = bound[compared]
    beyond = int(np.count_nonzero(apart > held))
    return Distance(Fraction(float(apart.max())), Fraction(float(held.max())), beyond, skipped, count)


def _beyond(distance: Distance) -> tuple[str, ...]:
    if not distance.beyond:
        return ()
    return (
        f"real numbers: in {distance.beyond:,} outputs further from the exact value than any order of summation "
        f"allows; the largest distance is {magnitude(distance.error)}, the largest bound {magnitude(distance.bound)}",
    )
