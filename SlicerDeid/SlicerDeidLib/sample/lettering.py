# SPDX-License-Identifier: Apache-2.0
"""Capitals of five by seven pixels, to burn text into the sample's pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

HEIGHT_PX = 7
WIDTH_PX = 5
ADVANCE_PX = 6  # px from one letter to the next

# seven rows from the top; the five low bits of each are the pixels, left to right
_GLYPHS = {
    " ": "00000000000000", "-": "0000001F000000", "^": "040A1100000000", ".": "00000000000C0C",
    "/": "00010204081000", ":": "000C0C000C0C00", "0": "0E11131519110E", "1": "040C040404040E",
    "2": "0E11010204081F", "3": "1F02040201110E", "4": "02060A121F0202", "5": "1F101E0101110E",
    "6": "0608101E11110E", "7": "1F010204080808", "8": "0E11110E11110E", "9": "0E11110F01020C",
    "A": "0E11111F111111", "B": "1E11111E11111E", "C": "0E11101010110E", "D": "1E11111111111E",
    "E": "1F10101E10101F", "F": "1F10101E101010", "G": "0E11101711110F", "H": "1111111F111111",
    "I": "0E04040404040E", "J": "0702020202120C", "K": "11121418141211", "L": "1010101010101F",
    "M": "111B1515111111", "N": "11111915131111", "O": "0E11111111110E", "P": "1E11111E101010",
    "Q": "0E11111115120D", "R": "1E11111E141211", "S": "0F10100E01011E", "T": "1F040404040404",
    "U": "1111111111110E", "V": "11111111110A04", "W": "1111111515150A", "X": "11110A040A1111",
    "Y": "1111110A040404", "Z": "1F01020408101F",
}  # fmt: skip


def text_mask(text: str, scale: int = 1) -> NDArray[np.bool_]:
    """Return the pixels of a line of text: (7 * scale, 6 * scale * letters) bool.

    Letters are written as capitals; a character without a glyph is left blank.
    """
    mask = np.zeros((HEIGHT_PX, ADVANCE_PX * len(text)), bool)
    for number, letter in enumerate(text.upper()):
        rows = bytes.fromhex(_GLYPHS.get(letter, _GLYPHS[" "]))
        left = number * ADVANCE_PX
        for row, bits in enumerate(rows):
            mask[row, left : left + WIDTH_PX] = [bits >> (WIDTH_PX - 1 - i) & 1 for i in range(WIDTH_PX)]
    return np.kron(mask, np.ones((scale, scale), bool))


def draw_corners(
    image: NDArray[Any], corners: tuple[tuple[str, ...], ...], value: int, scale: int
) -> NDArray[np.bool_]:
    """Burn lines of text into the four corners of a picture in place and return which pixels were written.

    Parameters
    ----------
    image : (j, i) array
        Changed in place.
    corners : four tuples of str
        Lines for top left, top right, bottom left and bottom right.
    value : int
        Stored value of the letters.
    scale : int
        Pixels per pixel of a letter.
    """
    written = np.zeros(image.shape, bool)
    margin, line = 4 * scale, (HEIGHT_PX + 3) * scale
    for number, lines in enumerate(corners):
        is_bottom, is_right = number >= 2, number % 2 == 1
        top = image.shape[0] - margin - line * len(lines) if is_bottom else margin
        for index, text in enumerate(lines):
            mask = text_mask(text, scale)
            left = image.shape[1] - margin - mask.shape[1] if is_right else margin
            _lay(written, mask, top + index * line, left)
    image[written] = value
    return written


def _lay(written: NDArray[np.bool_], mask: NDArray[np.bool_], top: int, left: int) -> None:
    """Add a line to what is written, cut off at the picture's edge."""
    first_row, first_column = max(0, -top), max(0, -left)
    room = written[max(0, top) :, max(0, left) :]
    part = mask[first_row : first_row + room.shape[0], first_column : first_column + room.shape[1]]
    room[: part.shape[0], : part.shape[1]] |= part
