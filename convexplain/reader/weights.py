"""Arrays from a weights file, an HDF5 image in memory.

This module knows HDF5 and nothing of models. HDF5 can point out of its file in four ways (external links, soft links,
external storage, virtual datasets), declare any size, and inflate. So links are looked up and never followed, and an
array is read only if it is stored as Keras stores it: in one piece, unfiltered, float32, in the expected shape.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from convexplain.layers import quoted

if TYPE_CHECKING:
    import h5py


@contextmanager
def undamaged(what: str) -> Iterator[None]:
    """Turn every error of a library that meets a damaged file into one ``ValueError``; only its calls stand inside."""
    try:
        yield
    except Exception:  # zipfile, zlib and h5py raise a dozen kinds, and their messages quote the file
        raise ValueError(f"{what} must be whole. Received: a damaged or truncated one") from None


def read_weights(image: bytes, places: Sequence[tuple[str, Sequence[tuple[int, ...]]]]) -> list[list[np.ndarray]]:
    """For each (group, shapes), the arrays ``group/vars/0``, ``group/vars/1``, ...: float32, of these shapes.

    Raises ``ValueError`` for anything else, before memory is taken for it.
    """
    import h5py

    with undamaged("the weights file"):
        file = h5py.File(io.BytesIO(image), "r")
    try:
        return [_group_arrays(file.id, f"{group}/vars".lstrip("/"), shapes) for group, shapes in places]
    finally:
        with undamaged("the weights file"):
            file.close()


def _group_arrays(root: h5py.h5f.FileID, path: str, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    import h5py

    group: Any = root
    for name in path.split("/"):
        group = _child(group, name, path)
        if not isinstance(group, h5py.h5g.GroupID):
            raise ValueError(f"the weights file must have the group {quoted(path, 80)}. Received: something else there")
    with undamaged("the weights file"):
        count = group.get_num_objs()
    if count != len(shapes):
        raise ValueError(
            f"{quoted(path, 80)} must hold {len(shapes)} arrays: kernel, and bias if there is one. Received: {count}"
        )
    return [_array(_child(group, str(index), path), f"{path}/{index}", shape) for index, shape in enumerate(shapes)]


def _child(parent: Any, name: str, path: str) -> Any:
    """What the hard link ``name`` in ``parent`` leads to. h5py's ``in`` and ``get`` would follow an external link."""
    import h5py

    with undamaged("the weights file"):
        link = parent.links.get_info(name.encode()).type if parent.links.exists(name.encode()) else None
    if link is None:
        raise ValueError(f"the weights file must have {quoted(name)} in {quoted(path, 80)}. Received: nothing there")
    if link != h5py.h5l.TYPE_HARD:
        raise ValueError(f"{quoted(name)} in {quoted(path, 80)} must be stored in the file itself. Received: a link")
    with undamaged("the weights file"):
        return h5py.h5o.open(parent, name.encode())


def _array(dataset: Any, path: str, shape: tuple[int, ...]) -> np.ndarray:
    import h5py

    if not isinstance(dataset, h5py.h5d.DatasetID):
        raise ValueError(f"{quoted(path, 80)} must be an array. Received: something else")
    with undamaged("the weights file"):
        settings = dataset.get_create_plist()
        # Asked first: even the shape of a virtual dataset is looked up in other files.
        own = settings.get_layout() in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT) and not settings.get_external_count()
        plain = own and not settings.get_nfilters()
    if not plain:
        raise ValueError(
            f"{quoted(path, 80)} must be stored as Keras stores arrays: in one piece, in the file itself, not "
            "compressed. Received: another layout"
        )
    with undamaged("the weights file"):
        kind, received = dataset.get_type(), dataset.get_space().get_simple_extent_dims()
        float32 = kind in (h5py.h5t.IEEE_F32LE, h5py.h5t.IEEE_F32BE)
    if not float32:
        raise ValueError(f"{quoted(path, 80)} must hold float32 numbers. Received: another kind of data")
    if received != tuple(shape):
        raise ValueError(f"{quoted(path, 80)} must have the shape {tuple(shape)}. Received: {quoted(received, 80)}")
    array = np.empty(shape, np.float32)
    with undamaged("the weights file"):
        dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, array)
    return array
