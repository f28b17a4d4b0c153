"""Valid files, damaged at random at one of four levels: the zip, the JSON, the HDF5, or the bytes.

Run by itself, with a first seed, a count and a folder, it reads that many files and prints what went wrong; it runs in
a process of its own so that a crash of a library is seen as a failure.
"""

from __future__ import annotations

import collections
import copy
import io
import json
import random
import re
import sys
import time
import warnings
import zipfile
from pathlib import Path
from typing import Any

import h5py
import handmade
import numpy as np

from convexplain import reader

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
ODD_VALUES = [
    *(None, True, False, 0, 1, -1, 2, 7, 10**12, 10**19, 10**30, 0.5, 1e300, float("nan")),
    *("", "5", "relu", "float16", "causal", "conv_1", "keras", "os", "\x1b[2J", "x" * 10_000, "\ud800"),
    *("Lambda", "InputLayer", "Conv1D", "Sequential", "Functional", "Dense", "Add", "Flatten", "ReLU", "same", "x"),
    *(
        [],
        {},
        [None],
        [[]],
        [1, 2, 3],
        [None, 20, 1],
        ["conv_1", 0, 0],
        ["conv", 1, 0],
        [["x", 0, 0], ["conv", 0, 0]],
        handmade.read("conv"),
        {"class_name": "Conv1D"},
        handmade.FLOAT32,
    ),
]


def damaged_json(chance: random.Random, members: dict[str, bytes]) -> dict[str, bytes]:
    """One to three values of the description replaced, removed, repeated or exchanged."""
    config = json.loads(members[CONFIG])
    for _ in range(chance.choice([1, 1, 2, 3])):
        places = list(walk(config))
        container, key = chance.choice(places)
        other, other_key = chance.choice(places)
        kind = chance.random()
        if kind < 0.5:
            container[key] = copy.deepcopy(chance.choice(ODD_VALUES))
        elif kind < 0.65:
            del container[key]
        elif kind < 0.8:
            container[key] = copy.deepcopy(other[other_key])
        elif isinstance(container, list):
            container.insert(chance.randrange(len(container) + 1), copy.deepcopy(container[key]))
        else:
            container[chance.choice(["name", "units", "config", "dtype", "groups", ""])] = container.pop(key)
        if not isinstance(config, dict) or not config:
            break
    return members | {CONFIG: json.dumps(config).encode()}


def walk(value: Any) -> Any:
    """Every (container, key) in a tree of lists and dictionaries."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from walk(value[key])


DTYPES = ["f8", "i4", "S3", "c8", "f2", bool, h5py.string_dtype()]
REPLACEMENTS = [
    lambda file, name, other, shape, chance: None,
    lambda file, name, other, shape, chance: file.create_group(name),
    lambda file, name, other, shape, chance: file.__setitem__(name, h5py.SoftLink(f"/{other}")),
    lambda file, name, other, shape, chance: file.__setitem__(name, h5py.ExternalLink("/etc/hostname", "/")),
    lambda file, name, other, shape, chance: file.__setitem__(name, file[other]),
    lambda file, name, other, shape, chance: file.__setitem__(name, np.dtype("f4")),
    lambda file, name, other, shape, chance: file.create_dataset(name, shape, chance.choice(DTYPES)),
    lambda file, name, other, shape, chance: file.create_dataset(name, shape[::-1], "f4"),
    lambda file, name, other, shape, chance: file.create_dataset(name, data=np.ones(shape, ">f4")),
    lambda file, name, other, shape, chance: file.create_dataset(name, data=np.full(shape, np.nan, "f4")),
    lambda file, name, other, shape, chance: file.create_dataset(name, data=h5py.Empty("f4")),
    lambda file, name, other, shape, chance: file.create_dataset(name, shape, "f4", chunks=True, compression="gzip"),
    lambda file, name, other, shape, chance: file.create_dataset(name, shape, "f4", maxshape=(None,) * len(shape)),
    lambda file, name, other, shape, chance: file.create_dataset(name, (10**6,) * 2, "f4", chunks=(1000, 1000)),
    lambda file, name, other, shape, chance: file.create_dataset(name, shape, "f4", external="/etc/hostname"),
    lambda file, name, other, shape, chance: file.create_virtual_dataset(name, virtual(shape)),
]


def damaged_hdf5(chance: random.Random, members: dict[str, bytes]) -> dict[str, bytes]:
    """One or two objects of the weights file removed, moved, linked or made anew in another shape, type or layout."""
    image = io.BytesIO(members[WEIGHTS])
    with h5py.File(image, "r+") as file:
        for _ in range(chance.choice([1, 1, 2])):
            names: list[str] = []
            file.visit(names.append)
            if len(names) < 2:
                break
            name, other = chance.sample(names, 2)
            shape = getattr(file[name], "shape", None) or (3,)
            shape = tuple(min(size, 9) for size in shape)
            del file[name]
            if other in file:
                chance.choice(REPLACEMENTS)(file, name, other, shape, chance)
    return members | {WEIGHTS: image.getvalue()}


def virtual(shape: tuple[int, ...]) -> h5py.VirtualLayout:
    layout = h5py.VirtualLayout(shape, "f4")
    layout[...] = h5py.VirtualSource("/etc/hostname", "data", shape)
    return layout


def damaged_zip(chance: random.Random, members: dict[str, bytes]) -> bytes:
    """Members left out, repeated, exchanged, packed in another way; then a field of the table of contents changed."""
    entries = list(members.items())
    for _ in range(chance.randrange(3)):
        position = chance.randrange(len(entries))
        name, content = entries[position]
        entries[position : position + 1] = chance.choice(
            [
                [],
                [entries[position]] * 2,
                [(name, chance.choice(entries)[1])],
                [(chance.choice(["a", "a/" + name, name.upper(), name + "\0", "/" + name, "é"]), content)],
                [(name, b"")],
                [(name, content + bytes(chance.choice([1, 100_000])))],
            ]
        )
        if not entries:
            break
    buffer = io.BytesIO()
    packings = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    handmade.write(buffer, entries, chance.choice(packings))
    return damaged_bytes(chance, buffer.getvalue(), headers=[b"PK\1\2", b"PK\3\4", b"PK\5\6"])


def damaged_bytes(chance: random.Random, data: bytes, headers: list[bytes] | None = None) -> bytes:
    """Bytes changed, and numbers of two to eight bytes; in the 46 bytes after one of ``headers``, if there are any."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        if not changed:
            break
        at = chance.randrange(len(changed))
        if headers:
            found = [place for header in headers for place in occurrences(changed, header)]
            at = min(chance.choice(found or [0]) + chance.randrange(46), len(changed) - 1)
        elif not changed[at]:  # nearly all of a weights file is zeros or weights: prefer what means something
            at = next((place for place in range(at, len(changed)) if changed[place]), at)
        width = chance.choice([1, 1, 2, 4, 8])
        number = chance.choice([0, 1, 256**width - 1, 256**width // 2, len(changed), chance.getrandbits(8 * width)])
        kind = chance.random()
        if kind < 0.2:
            changed[at] ^= 1 << chance.randrange(8)
        elif kind < 0.8:
            changed[at : at + width] = (number % 256**width).to_bytes(width, "little")
        elif kind < 0.9:
            start = chance.randrange(len(changed))
            changed[at : at + 32] = changed[start : start + 32]
        elif kind < 0.95:
            del changed[at : at + width]
        else:
            del changed[at:]
    return bytes(changed)


def occurrences(data: bytearray, piece: bytes) -> list[int]:
    places, at = [], data.find(piece)
    while at >= 0:
        places.append(at)
        at = data.find(piece, at + 1)
    return places


def damaged(seed: int, valid: list[dict[str, bytes]]) -> bytes:
    """The bytes of a file for this seed."""
    chance = random.Random(seed)
    members = chance.choice(valid)
    level = chance.choice(["json", "json", "hdf5", "zip", "bytes", "hdf5 bytes", "hdf5 bytes"])
    if level == "zip":
        return damaged_zip(chance, members)
    if level == "json":
        members = damaged_json(chance, members)
    elif level == "hdf5":
        members = damaged_hdf5(chance, members)
    elif level == "hdf5 bytes":
        members = members | {WEIGHTS: damaged_bytes(chance, members[WEIGHTS])}
    buffer = io.BytesIO()
    handmade.write(buffer, members)
    return damaged_bytes(chance, buffer.getvalue()) if level == "bytes" else buffer.getvalue()


def fault(path: Path) -> tuple[str, str]:
    """What is wrong with the answer to the file at ``path``, if anything; and the kind of answer."""
    start = time.process_time()
    try:
        network = reader.read(path)
        answer, message = "read", repr(network.stack)
        stack = network.stack
        for level, (layer, arrays) in enumerate(zip(stack.layers, network.weights, strict=True), stack.input_count):
            needed = layer.arrays(*stack.source_shapes(level))
            if tuple(array.shape for array in arrays) != tuple(array.shape for array in needed):
                return "weights that do not fit the layers", answer
            if not all(np.isfinite(array).all() for array in arrays):
                return "weights that are not finite", answer
    except Exception as error:
        answer, message = type(error).__name__, str(error)
        if type(error) is not ValueError:
            return f"{answer}: {message}", answer
    if time.process_time() - start > 2:
        return "more than two seconds", answer
    if answer != "read" and (len(message) > 600 or not message.isprintable() or "Received: " not in message):
        return f"an unfit message: {message[:600]!r}", answer
    return "", answer


def main(first: int, count: int, folder: str) -> None:
    warnings.simplefilter("ignore", UserWarning)  # of zipfile, about duplicate members
    models = [make().members() for make in handmade.MODELS.values()]
    path = Path(folder, "model.keras")
    answers: collections.Counter[str] = collections.Counter()
    for seed in range(first, first + count):
        path.write_bytes(damaged(seed, models))
        wrong, answer = fault(path)
        answers[answer] += 1
        if wrong:
            print(f"seed {seed}: {wrong}")
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())  # ru_maxrss has the parent's, too
    if int(peak[1]) > 300 * 1024:
        print(f"more than 300 MB: {peak[0]}")
    print(json.dumps(answers), file=sys.stderr)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
