"""Arrays from a weights file, an HDF5 image in memory, by the part of the format that Keras writes.

HDF5 can point out of its file in four ways, declare any size, inflate, and run in circles; its library follows, and a
file of ten kilobytes can make it fill the memory. What Keras writes, by way of h5py's oldest and default format, is a
small part of it: groups that list their members by name, and arrays that lie in one piece. This module reads that part
and knows no other, so that there is nothing to follow. All of a file must be so, for Keras may be given it afterwards,
to compare with. It knows nothing of models.

Source: HDF5 File Format Specification 3.0: superblock 0 (II.A), B-tree 1 (III.A.1), symbol table node (III.B), local
heap (III.D), object header 1 and its messages (IV.A).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from convexplain.layers import Array
from convexplain.names import quoted

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Bytes beside the arrays, whatever circles the addresses run in. A thousand layers take a tenth of them.
_MOST_READ = 2**25
_LONGEST_NAME = 1024
_NOWHERE = 2**64 - 1  # the address of what was never written

# Messages of an object header, by their type: those that decide something, and those that may stand beside them.
_DATASPACE, _DATATYPE, _LAYOUT, _CONTINUED, _MEMBERS = 0x01, 0x03, 0x08, 0x10, 0x11
_ELSEWHERE, _FILTERED = 0x07, 0x0B
_NOTHING, _OLD_FILL_VALUE, _FILL_VALUE, _ATTRIBUTE, _TIME = 0x00, 0x04, 0x05, 0x0C, 0x12
_DECISIVE = {_DATASPACE, _DATATYPE, _LAYOUT, _MEMBERS, _ELSEWHERE, _FILTERED}
_BESIDE = {_NOTHING, _OLD_FILL_VALUE, _FILL_VALUE, _ATTRIBUTE, _TIME}

# A datatype message of the class float, in its three versions; and how IEEE float32 goes on: byte order, size, fields.
_FLOAT = (b"\x11", b"\x21", b"\x31")
_FLOAT32 = {
    bytes.fromhex("201f00 04000000 0000 2000 17 08 00 17 7f000000"): "<f4",
    bytes.fromhex("211f00 04000000 0000 2000 17 08 00 17 7f000000"): ">f4",
}


class _Message(NamedTuple):
    flags: int
    data: bytes


class WeightsFile:
    """An HDF5 file in memory; addresses are offsets into it. Whatever is read is checked first."""

    def __init__(self, image: bytes | bytearray) -> None:
        self._image = memoryview(image)
        self._unread = _MOST_READ
        self._groups: dict[int, dict[str, int]] = {}
        self._root = self._root_header()

    def arrays(self, group: str, needed: Sequence[Array]) -> list[np.ndarray]:
        """The arrays ``group/vars/0``, ``group/vars/1``, ...: float32, of exactly these shapes, as views of the file.

        Raises ``ValueError`` for anything else.
        """
        path = f"{group}/vars".lstrip("/")
        header = self._root
        for name in path.split("/"):
            members = self._members(header)
            if name not in members:
                raise ValueError(
                    f"the weights file must have {quoted(name)} in {quoted(path, 80)}. Received: nothing there"
                )
            header = members[name]
        members = self._members(header)
        if set(members) != {str(index) for index in range(len(needed))}:
            names = ", ".join(array.name for array in needed)
            raise ValueError(
                f"{quoted(path, 80)} must hold {len(needed)} arrays, named by number: {names}. "
                f"Received: {len(members)}: {quoted(', '.join(sorted(members)))}"
            )
        return [self._array(members[str(index)], f"{path}/{index}", one.shape) for index, one in enumerate(needed)]

    def require_plain(self) -> None:
        """Refuse a file with anything in it that Keras does not write, whether it was asked for or not."""
        known, unseen = {self._root}, [("/", self._root)]
        while unseen:
            path, header = unseen.pop()
            for name, member in self._members(header).items():
                own = f"{path}{name}"
                messages = self._messages(member)
                if _LAYOUT in messages:
                    self._stored(messages, own)
                elif member not in known:
                    known.add(member)
                    unseen.append((f"{own}/", member))

    def _take(self, address: int, size: int) -> bytes:
        """``size`` bytes from ``address``, of which there are only so many."""
        self._unread -= size + 64
        if self._unread < 0 or address + size > len(self._image):
            raise _damaged()
        return bytes(self._image[address : address + size])

    def _require(self, address: int, beginning: bytes) -> None:
        if self._take(address, len(beginning)) != beginning:
            raise _damaged()

    def _root_header(self) -> int:
        """The address of the root group's object header, from the superblock."""
        self._require(0, _SIGNATURE)
        versions = self._take(8, 8)
        if (versions[0], versions[5], versions[6]) != (0, 8, 8):
            raise _foreign("superblock")
        base, _, end, _ = struct.unpack("<4Q", self._take(24, 32))
        if base or end > len(self._image):
            raise _damaged()
        return struct.unpack("<Q", self._take(64, 8))[0]

    def _messages(self, header: int) -> dict[int, _Message]:
        """The messages of an object header that decide something, by kind, each of which may occur once."""
        version, count, size = struct.unpack("<BxH4xI", self._take(header, 12))
        if version != 1:
            raise _foreign("object")
        blocks = [(header + 16, size)]
        found: dict[int, _Message] = {}
        for address, length in blocks:
            block = self._take(address, length)
            at = 0
            while at + 8 <= len(block) and count:
                kind, size, flags = struct.unpack_from("<HHB", block, at)
                data = block[at + 8 : at + 8 + size]
                if len(data) != size:
                    raise _damaged()
                at, count = at + 8 + size, count - 1
                if kind == _CONTINUED:
                    blocks.append(_pair(data))
                elif kind in _DECISIVE:
                    if kind in found:
                        raise _damaged()
                    found[kind] = _Message(flags, data)
                elif kind not in _BESIDE:
                    raise _foreign("object")
        return found

    def _members(self, header: int) -> dict[str, int]:
        """The members of a group: for each name the address of its object header."""
        if header not in self._groups:
            self._groups[header] = self._listed(header)
        return self._groups[header]

    def _listed(self, header: int) -> dict[str, int]:
        messages = self._messages(header)
        if _MEMBERS not in messages:
            raise _foreign("group")
        tree, heap = _pair(messages[_MEMBERS].data)
        self._require(heap, b"HEAP\0")
        size, free, start = struct.unpack("<3Q", self._take(heap + 8, 24))
        names = self._take(start, size)
        _follow_free_blocks(names, free)
        members: dict[str, int] = {}
        for node in self._leaves(tree):
            self._require(node, b"SNOD\1")
            (count,) = struct.unpack("<H", self._take(node + 6, 2))
            for begin, address, cached in struct.iter_unpack("<QQI20x", self._take(node + 8, 40 * count)):
                end = names.find(b"\0", begin, begin + _LONGEST_NAME) if begin < size else -1
                name = names[begin:end].decode("latin-1")
                if end < 0 or name in members:
                    raise _damaged()
                if cached > 1:
                    raise ValueError(f"{quoted(name)} must be stored in the weights file itself. Received: a link")
                members[name] = address
        return members

    def _leaves(self, node: int, level: int | None = None) -> Iterator[int]:
        """The addresses of the symbol table nodes below a B-tree node, which is at ``level`` unless it is the root."""
        self._require(node, b"TREE\0")
        own, count = struct.unpack("<BH", self._take(node + 5, 3))
        if level not in (None, own):
            raise _damaged()
        keys_and_children = struct.unpack(f"<{2 * count}Q", self._take(node + 24, 16 * count))
        for child in keys_and_children[1::2]:
            if own == 0:
                yield child
            else:
                yield from self._leaves(child, own - 1)

    def _array(self, header: int, path: str, shape: tuple[int, ...]) -> np.ndarray:
        """The array with this object header, which must be stored plainly, as float32, in ``shape``."""
        messages = self._messages(header)
        if not {_DATASPACE, _DATATYPE, _LAYOUT} <= set(messages):
            raise ValueError(f"{quoted(path, 80)} must be an array. Received: something else")
        datatype = messages[_DATATYPE]
        own = datatype.data[:1] in _FLOAT and not datatype.flags & 2  # which says that the type stands elsewhere
        order = _FLOAT32.get(datatype.data[1:20]) if own else None
        if order is None:
            raise ValueError(f"{quoted(path, 80)} must hold float32 numbers. Received: another kind of data")
        received = _dimensions(messages[_DATASPACE].data)
        if received != tuple(shape):
            raise ValueError(f"{quoted(path, 80)} must have the shape {tuple(shape)}. Received: {quoted(received, 80)}")
        data = self._stored(messages, path)
        if len(data) != 4 * prod(shape):
            raise _damaged()
        return np.frombuffer(data, order).reshape(shape)

    def _stored(self, messages: dict[int, _Message], path: str) -> memoryview:
        """The bytes of an array, which must lie in one piece."""
        layout = messages[_LAYOUT].data
        if not {_ELSEWHERE, _FILTERED} & set(messages):
            if layout[:2] == b"\3\0":  # in the message itself
                return memoryview(layout)[4 : 4 + int.from_bytes(layout[2:4], "little")]
            if layout[:2] == b"\3\1":
                address, size = _pair(layout[2:])
                if address != _NOWHERE:
                    return self._image[address : address + size]
        raise ValueError(
            f"{quoted(path, 80)} must be stored as Keras stores arrays: written, in one piece, in the file itself, "
            "not compressed. Received: another layout"
        )


def _follow_free_blocks(names: bytes, free: int) -> None:
    """Refuse a heap whose list of free blocks leaves it, or has no end: HDF5's library would follow it for ever."""
    for _ in range(len(names) // 16 + 1):
        if free == 1:  # the end of the list
            return
        free, _ = _pair(names[free : free + 16])
    raise _damaged()


def _pair(data: bytes) -> tuple[int, int]:
    """Two numbers of eight bytes: addresses, or an address and a size."""
    if len(data) < 16:
        raise _damaged()
    return struct.unpack_from("<QQ", data)


def _dimensions(dataspace: bytes) -> tuple[int, ...] | None:
    """The shape; None for a dataspace without numbers."""
    start = {b"\1": 8, b"\2": 4}.get(dataspace[:1])
    if start is None or len(dataspace) < start or (start == 4 and dataspace[3] == 2):
        return None
    rank = dataspace[1]
    return struct.unpack_from(f"<{rank}Q", dataspace, start) if len(dataspace) >= start + 8 * rank else None


def _damaged() -> ValueError:
    return ValueError("the weights file must be whole. Received: a damaged or truncated one")


def _foreign(what: str) -> ValueError:
    return ValueError(
        "the weights file must be in the form that Keras writes, without links to elsewhere. "
        f"Received: another form of {what}"
    )
