"""A ``.keras`` file, from its path to a network, running nothing it contains.

The file is a zip with ``config.json`` and ``model.weights.h5``, and with ``metadata.json``, which says who wrote it.
This module knows the outer wrappings, zip and JSON, and trusts neither a name nor a size in them: only a regular file
is opened, only these members are read, and never more than a set number of bytes.
"""

from __future__ import annotations

import io
import json
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from convexplain.graph import describe
from convexplain.names import nearest, quoted
from convexplain.network import Network, check_weights
from convexplain.reader.config import Outline, Wanted, outline
from convexplain.reader.weights import WeightsFile

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
METADATA = "metadata.json"

MOST_BYTES = {CONFIG: 2 * 2**20, WEIGHTS: 128 * 2**20, METADATA: 2**16}
"""A Conv1D takes one kilobyte of the first; the second may hold an optimizer's state beside the weights."""

MOST_INFLATION = 100
"""Keras stores without compressing, and float32 weights hardly shrink when they are compressed later."""

_REQUIRED = "a .keras file is required, as model.save('name.keras') writes it"
_SMALL = 2**16  # bytes that may inflate by any factor
_AT_ONCE = 2**18  # bytes of a single read
_DEEPEST = 200
_LONGEST_INTEGER = 20  # digits
_LONGEST_NAME = 200  # characters


def read_file(path: str | os.PathLike[str], wanted: Wanted | None = None) -> Network:
    """The network in the ``.keras`` file at ``path``, which is read and not run; Keras and TensorFlow are not needed.

    Raises ``FileNotFoundError`` where nothing is, and ``ValueError`` for anything but a regular file whose model, or
    what is ``wanted`` of it, can be explained.
    """
    where = os.path.expanduser(os.fsdecode(os.fspath(path)))
    try:
        with _opened(where) as file:
            config, image = _members(file)
        found = outline(_parsed(config), wanted=wanted)
        weights = check_weights(found.stack, _arrays(WeightsFile(image), found))
        return Network(found.stack, weights, path=where, until=None if wanted is None else wanted.until)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"the path must lead to a .keras file. Received: {quoted(where, 200)}, where nothing is"
        ) from None
    except RecursionError:
        raise ValueError(
            f"{_shown(where)} cannot be explained: it must be nested at most {_DEEPEST} levels deep. Received: more"
        ) from None
    except ValueError as error:
        raise ValueError(f"{_shown(where)} cannot be explained: {error}") from None


def beside(path: str | os.PathLike[str]) -> str:
    """``. Did you mean 'x.keras'?`` of a file in the same folder, which may be meant by a path where nothing is."""
    where = Path(os.path.expanduser(os.fsdecode(os.fspath(path))))
    with suppress(OSError, ValueError):
        return nearest(where.name, sorted(found.name for found in where.parent.iterdir() if found.suffix == ".keras"))
    return ""


def _shown(path: str) -> str:
    return quoted(os.path.basename(path) or path)


class _ClippedFile(io.FileIO):
    """A file whose reads return a limited number of bytes, whatever size the file's own tables ask for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(_AT_ONCE if size is None or size < 0 else min(size, _AT_ONCE))


def _opened(path: str) -> _ClippedFile:
    """The regular file at ``path``. Pipes and devices are not opened: that may block for ever."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise ValueError(f"{_REQUIRED}. Received: a directory")
        if not stat.S_ISREG(mode):
            raise ValueError(f"{_REQUIRED}. Received: a pipe, a device or a socket")
        file = _ClippedFile(path)
        legacy = file.read(8) == b"\x89HDF\r\n\x1a\n"
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError from None
    except OSError as error:
        raise ValueError(f"the file must be readable. Received: {error.strerror}") from None
    if legacy or not path.endswith(".keras"):  # Keras, too, goes by the ending
        file.close()
        alone = legacy and path.endswith(".weights.h5")
        received = "weights alone, without their model" if alone else "a legacy HDF5 file"
        raise ValueError(f"{_REQUIRED}. Received: {received if legacy else 'a file with another ending'}")
    return file


@contextmanager
def _undamaged() -> Iterator[None]:
    """Turn every error of zipfile and zlib that meet a damaged file into one ``ValueError``."""
    try:
        yield
    except Exception:  # of a dozen kinds, with messages that quote the file
        raise ValueError(
            "a .keras file is a zip archive, which must be whole: save the model once more. "
            "Received: a damaged or truncated one, or none"
        ) from None


def _members(file: io.FileIO) -> tuple[bytearray, bytearray]:
    """The contents of the two members that count."""
    with _undamaged():
        archive = zipfile.ZipFile(file)
    with archive:
        _require_keras_3(archive)
        return _member(archive, CONFIG), _member(archive, WEIGHTS)


def _require_keras_3(archive: zipfile.ZipFile) -> None:
    """``ValueError`` for what Keras 2 wrote, in another form under the same ending. Without a word about it in the file
    it is taken for Keras 3.
    """
    version = None
    with suppress(ValueError, RecursionError):
        said = _parsed(_member(archive, METADATA), METADATA)
        version = said.get("keras_version") if isinstance(said, dict) else None
    if isinstance(version, str) and re.match(r"[012]\.", version):
        raise ValueError(
            "it must be written by Keras 3: load it with the Keras that wrote it, and save the model again with Keras "
            "3. "
            f"Received: a file of Keras {quoted(version)[1:-1]}"
        )


def _member(archive: zipfile.ZipFile, name: str) -> bytearray:
    entries = [entry for entry in archive.infolist() if entry.filename == name]
    if len(entries) != 1:
        raise ValueError(f"the archive must hold {name} once. Received: {len(entries)} of that name")
    (entry,) = entries
    if entry.file_size > MOST_BYTES[name]:
        raise ValueError(f"{name} must have at most {MOST_BYTES[name]} bytes. Received: {entry.file_size}")
    if entry.file_size > _SMALL and entry.file_size > MOST_INFLATION * entry.compress_size:
        raise ValueError(
            f"{name} must not inflate more than {MOST_INFLATION} times. "
            f"Received: {entry.compress_size} bytes for {entry.file_size}"
        )
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} must be stored or deflated, and not encrypted. Received: another way of packing")
    content = bytearray()
    with _undamaged(), archive.open(entry) as member:
        while piece := member.read(_AT_ONCE):  # zipfile stops at the declared size
            content += piece
    return content


def _parsed(config: bytearray, name: str = CONFIG) -> Any:
    try:
        parsed = json.loads(config.decode("utf-8"), parse_int=_integer)
        if _is_deeper_than(parsed, _DEEPEST):
            raise RecursionError
        return parsed
    except json.JSONDecodeError as error:
        raise ValueError(f"{name} must be JSON. Received: {error}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{name} must be JSON in UTF-8. Received: other bytes") from None


def _is_deeper_than(value: Any, limit: int) -> bool:
    """Whether lists and dictionaries stand in one another more than ``limit`` deep: Python's own limit is not the same
    in every version.
    """
    inside = [value]
    for _ in range(limit):
        held = [entry for entry in inside if isinstance(entry, (dict, list))]
        inside = [entry for holder in held for entry in (holder.values() if isinstance(holder, dict) else holder)]
        if not inside:
            return False
    return True


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER:
        raise ValueError(f"an integer in {CONFIG} must have at most {_LONGEST_INTEGER} digits. Received: {len(digits)}")
    return int(digits)


def _arrays(file: WeightsFile, found: Outline) -> list[list[np.ndarray]]:
    """The arrays of every layer, the layer being named where they are not as they must be."""
    arrays, stack = [], found.stack
    for name in stack.input_names if stack.input_count > 1 else ():
        _require_name(name, "an input's name")
    for number, part in enumerate(found.parts, stack.input_count):
        layer = part.layer
        try:
            if layer.name is not None:
                _require_name(layer.name, "a layer's name")
            if stack.owner(number) == number:
                needed = layer.arrays(*stack.source_shapes(number))
                arrays.append(file.arrays(part.group, needed) if needed else [])
        except ValueError as error:
            raise ValueError(f"{describe(layer, number)}: {error}") from None
    file.require_plain()
    return arrays


def _require_name(name: str, what: str) -> None:
    """``ValueError`` for a name that Keras refuses, that cannot be printed (a terminal escape, say), or is too long."""
    if not 1 <= len(name) <= _LONGEST_NAME or "/" in name or not name.isprintable():
        raise ValueError(
            f"{what} in a file must be 1 to {_LONGEST_NAME} characters that can be printed, without '/', as in Keras. "
            f"Received: {len(name)} characters"
        )
