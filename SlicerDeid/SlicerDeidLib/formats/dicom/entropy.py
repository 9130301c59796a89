# SPDX-License-Identifier: Apache-2.0
"""Entropy-coded data of JPEG scans: where the last coded sample ends, so that what lies behind it can go.

The codes are walked, not decoded: Huffman coding of sequential DCT and of lossless frames. Source: ITU-T T.81 A.2
(order of data units), C.2 (codes), F.1.2 and H.1.2.2 (bits behind a code), F.1.2.3 (bytes of zero behind FF).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError

LOSSLESS = 0xC3  # SOF3
WALKED = frozenset({0xC0, 0xC1, LOSSLESS})  # SOF0, SOF1: sequential DCT

_RESTART = re.compile(rb"(\xff[\xd0-\xd7])")
_BLOCK, _COEFFICIENTS = 8, 64
_CHUNK_BYTES = 1 << 15  # looked at together; 40 bytes of memory for each bit
_MARGIN_BITS = 1 << 12  # more than one data unit has: 64 times 16 bits of code and 16 behind it
_INVALID = 1 << 24  # bits: a code that no table has leads far out of every chunk

Table = tuple[NDArray[np.int64], NDArray[np.int64]]
"""For every 16 bits: how many bits the code at their beginning takes with what belongs to it, and its symbol."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame header: its marker, rows, columns, and the sampling factors (H, V) of each component."""

    marker: int
    rows: int
    columns: int
    sampling: Mapping[int, tuple[int, int]]

    @classmethod
    def read(cls, head: bytes) -> Frame:
        """Read a frame segment of the right length."""
        parts = [head[at : at + 3] for at in range(10, len(head), 3)]
        sampling = {part[0]: (part[1] >> 4 or 1, part[1] & 15 or 1) for part in parts}
        return cls(head[1], int.from_bytes(head[5:7], "big"), int.from_bytes(head[7:9], "big"), sampling)

    def units(self, components: Sequence[int]) -> tuple[int, list[int]]:
        """Return how many MCUs a scan has, and of which component each of the data units of one is."""
        across = max(h for h, _ in self.sampling.values())
        down = max(v for _, v in self.sampling.values())
        size = 1 if self.marker == LOSSLESS else _BLOCK
        if len(components) == 1:
            h, v = self.sampling[components[0]]
            columns, rows = -(-self.columns * h // across), -(-self.rows * v // down)
            return -(-columns // size) * -(-rows // size), [0]
        order = [n for n, c in enumerate(components) for _ in range(self.sampling[c][0] * self.sampling[c][1])]
        return -(-self.columns // (size * across)) * -(-self.rows // (size * down)), order


def read_tables(head: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield class and number (one byte), and code lengths with symbols, of each Huffman table of a segment."""
    position = 4
    while position < len(head):
        end = position + 17 + sum(head[position + 1 : position + 17])
        yield head[position], head[position + 1 : end]
        position = end


def compiled(table: bytes, *, is_dc: bool) -> Table:
    """Return what stands at the beginning of every 16 bits.

    Raises
    ------
    PixelError
        If the code lengths are none, or a symbol of a DC or lossless table is not one.
    """
    lengths, symbols = table[:16], table[16:]
    if is_dc and any(symbol > 16 for symbol in symbols):
        raise PixelError("the compressed pixel data holds a JPEG table with symbols that do not exist")
    bits = np.full(1 << 16, _INVALID, np.int64)
    values = np.full(1 << 16, _COEFFICIENTS, np.int64)
    code, n = 0, 0
    for length, count in enumerate(lengths, start=1):
        for _ in range(count):
            first, last = code << (16 - length), (code + 1) << (16 - length)
            if last > 1 << 16:
                raise PixelError("the compressed pixel data holds a JPEG table that is none")
            behind = symbols[n] & 15 if not is_dc or symbols[n] < 16 else 0  # H.1.2.2: nothing behind 16
            bits[first:last], values[first:last] = length + behind, symbols[n]
            code, n = code + 1, n + 1
        code <<= 1
    return bits, values


def coded_part(
    data: bytes, frame: Frame, components: Sequence[int], tables: Sequence[tuple[Table, Table | None]], interval: int
) -> bytes:
    """Return the entropy-coded data of a scan up to the last bit that a sample needs, interval by interval.

    Parameters
    ----------
    components : sequence of int
        Those of the scan.
    tables : sequence of (Table, Table or None)
        DC (or lossless) and AC table of each.
    interval : int
        MCUs between two restart markers; 0: there are none.

    Raises
    ------
    PixelError
        If the data is shorter than the image, or has other intervals.
    """
    count, order = frame.units(components)
    parts = _RESTART.split(data)
    intervals = -(-count // interval) if interval else 1
    if not count or len(parts[::2]) != intervals:
        raise PixelError("the compressed pixel data is a JPEG scan of another size than its frame")
    for n in range(intervals):
        units = (min(interval, count - n * interval) if interval else count) * len(order)
        parts[2 * n] = _needed(parts[2 * n], units, [tables[c] for c in order])
    return b"".join(parts)


def _needed(stuffed: bytes, units: int, tables: Sequence[tuple[Table, Table | None]]) -> bytes:
    """Return the beginning of one interval that holds ``units`` data units."""
    plain = stuffed.replace(b"\xff\0", b"\xff")
    position, done, total = 0, 0, 8 * len(plain)
    while done < units:
        start = position // 8
        if start >= len(plain):
            raise PixelError("the compressed pixel data is a JPEG scan that is shorter than the image")
        chunk = plain[start : start + _CHUNK_BYTES + _MARGIN_BITS // 8]
        is_last = start + _CHUNK_BYTES >= len(plain)
        limit = _INVALID if is_last else 8 * _CHUNK_BYTES
        try:
            moved, more = _walk(chunk, position - 8 * start, limit, units - done, done, tables)
        except IndexError:
            raise PixelError("the compressed pixel data is a JPEG scan with codes that no table has") from None
        position, done = 8 * start + moved, done + more
    if position > total:
        raise PixelError("the compressed pixel data is a JPEG scan that is shorter than the image")
    needed = -(-position // 8)
    return stuffed[: needed + plain.count(b"\xff", 0, needed)]


def _walk(
    chunk: bytes, position: int, limit: int, units: int, first: int, tables: Sequence[tuple[Table, Table | None]]
) -> tuple[int, int]:
    """Walk from ``position`` (bits) over at most ``units`` data units, up to ``limit``; return where and how many."""
    windows = _windows(chunk)
    bits: dict[int, list[int]] = {}
    steps: dict[int, list[int]] = {}
    for table in {id(t): t for pair in tables for t in pair if t is not None}.values():
        bits[id(table)] = table[0][windows].tolist()
    for table in {id(ac): ac for _, ac in tables if ac is not None}.values():
        steps[id(table)] = _steps(table[1])[windows].tolist()
    per_unit = [(bits[id(dc)], ac and bits[id(ac)], ac and steps[id(ac)]) for dc, ac in tables]
    done, kinds = 0, len(per_unit)
    while done < units and position < limit:
        dc, ac, step = per_unit[(first + done) % kinds]
        position += dc[position]
        if ac and step:
            k = 1
            while k < _COEFFICIENTS:
                k += step[position]
                position += ac[position]
        done += 1
    return position, done


def _windows(chunk: bytes) -> NDArray[np.int64]:
    """Return the 16 bits that begin at each bit; behind the end stand ones, as encoders fill the last byte."""
    padded = np.frombuffer(chunk + b"\xff" * (_MARGIN_BITS // 8 + 2), np.uint8).astype(np.int64)
    three = padded[:-2] << 16 | padded[1:-1] << 8 | padded[2:]
    windows: NDArray[np.int64] = (three[:, None] >> np.arange(8, 0, -1)[None] & 0xFFFF).reshape(-1)
    return windows


def _steps(symbols: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return by how many coefficients each AC symbol goes on, F.1.2.2: size 0 ends the block but for runs of 16."""
    runs, sizes = symbols >> 4, symbols & 15
    steps: NDArray[np.int64] = np.where((sizes == 0) & (symbols != 0xF0), _COEFFICIENTS, runs + 1)
    return steps
