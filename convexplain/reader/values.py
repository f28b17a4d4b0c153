"""Values of a description: each is what it must be, or the reason why not.

The description is what ``config.json`` holds and what Keras gives for an object: nested dictionaries and lists. This
module takes every value as hostile and knows no layer; it says what is required and what was received.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from convexplain.names import quoted

Axes: TypeAlias = "tuple[int | None, ...]"
"""The sizes of a level in Keras's order; None where one is not known."""

_MOST_ENTRIES = 4
"""An index of a level has no more: the batch, two axes, and an ellipsis."""
_POLICIES = {"keras", "keras.dtype_policies", "keras.src.dtype_policies.dtype_policy"}


class End(NamedTuple):
    """One output of one call of a layer: the layer's name in its model, which call, which output."""

    layer: str
    call: int
    output: int


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """A dictionary."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} must be described by a dictionary. Received: {quoted(type(value).__name__)}")
    return value


def listed(value: Any, what: str) -> list[Any]:
    """A list."""
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{what} must be a list. Received: {quoted(type(value).__name__)}")
    return list(value)


def text(value: Any, what: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError(f"{what} must be a text. Received: {quoted(type(value).__name__)}")
    return value


def is_tensor(value: Any) -> bool:
    """Whether a value describes the output of a layer."""
    return isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__"


def tensor(value: Any, what: str) -> End:
    """The output that a tensor in the arguments of a call is."""
    entry = mapping(value, what)
    if not is_tensor(entry):
        raise ValueError(f"{what} must be a layer's output. Received: {quoted(entry.get('class_name'))}")
    return _end(mapping(entry.get("config"), what).get("keras_history"), what)


def tensors(value: Any, what: str) -> Iterator[End]:
    """Every tensor anywhere in the arguments of a call, as Keras goes through them: dictionaries by sorted keys."""
    inside = [value]
    while inside:
        held = inside.pop()
        if is_tensor(held):
            yield tensor(held, what)
        elif isinstance(held, Mapping):
            inside += [held[key] for key in sorted(held, key=str, reverse=True)]
        elif isinstance(held, (list, tuple)):
            inside += reversed(held)


def index(value: Any) -> tuple[Any, ...]:
    """The index of ``y[:, 2:8:2, 0]``: a number, (start, stop, step), or an ellipsis, which stands for whole axes.

    ``ValueError`` for an index of anything else.
    """
    found = list[Any]()
    entries = value if isinstance(value, (list, tuple)) else [value]
    for one in entries[: _MOST_ENTRIES + 1]:
        kind = one.get("class_name") if isinstance(one, Mapping) else None
        if kind == "__slice__":
            held = mapping(one.get("config"), "a slice")
            found.append(tuple(held.get(name) for name in ("start", "stop", "step")))
        elif kind == "__ellipsis__":
            found.append(...)
        else:
            found.append(one)
    if len(found) > _MOST_ENTRIES or not all(map(_is_place, found)):
        raise ValueError(
            f"it must be indexed by whole numbers and slices, one for each axis. Received: {quoted(value)}"
        )
    return tuple(found)


def _is_place(one: Any) -> bool:
    """Whether an entry of an index is one that Keras writes, in whole numbers of a size that a level may have."""
    parts = one if isinstance(one, tuple) else (one,)
    none = (None, ...) if isinstance(one, tuple) else (...,)
    return all(part in none or (type(part) is int and abs(part) < 2**31) for part in parts)


def ends(value: Any, what: str) -> tuple[list[End], tuple[str, ...] | None]:
    """The inputs or outputs of a model in Keras's order, and their names where it gives them in a dictionary.

    Versions of Keras write one alone, a list, or a dictionary, whose names they sort.
    """
    if isinstance(value, Mapping):
        names = tuple(sorted(text(name, what) for name in value))
        return [_end(value[name], what) for name in names], names
    entries = listed(value, what)
    if entries and isinstance(entries[0], str):
        entries = [entries]
    return [_end(entry, what) for entry in entries], None


def _end(value: Any, what: str) -> End:
    parts = listed(value, what)
    if len(parts) != 3 or not isinstance(parts[0], str) or any(type(part) is not int for part in parts[1:]):
        raise ValueError(f"{what} must be named as [layer, call, output]. Received: {quoted(parts)}")
    return End(*parts)


def axes(batch_shape: Any, what: str) -> Axes:
    """The axes after the batch, one or two, in Keras's order."""
    sizes = listed(batch_shape, f"the shape of {what}")
    if len(sizes) not in (2, 3):
        raise ValueError(
            f"{what} must be (steps, channels) or (features,), after the batch. Received: {len(sizes)} axes"
        )
    for size in sizes[1:]:
        if size is not None and (type(size) is not int or size <= 0):
            raise ValueError(f"{what} must have positive integers as sizes. Received: {quoted(size)}")
    return tuple(sizes[1:])


def require_float32(dtype: Any, what: str) -> None:
    """Refuse every dtype but float32, which is written as a name, or as a policy that may be shared between layers."""
    name = dtype
    if isinstance(dtype, Mapping):
        policy, settings = dtype.get("class_name"), dtype.get("config")
        module = dtype.get("module")
        known = policy in ("DTypePolicy", "FloatDTypePolicy") and isinstance(module, str) and module in _POLICIES
        name = settings.get("name") if known and isinstance(settings, Mapping) else policy
    if name not in (None, "float32"):
        raise ValueError(f"{what} must compute in float32, which alone is explained. Received: dtype {quoted(name)}")
