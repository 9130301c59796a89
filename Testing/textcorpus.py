# SPDX-License-Identifier: Apache-2.0
"""Lines of invented words in many fonts, sizes and scripts, drawn into copies of real images, with the truth kept.

No value of the real images is needed to know what was drawn where. Text that the real images came with lies in the
rectangles of ``OWN_TEXT``, found by looking at them; it is painted over before anything is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from SlicerDeidLib.sample.lettering import text_mask

SIZES_PX = (8, 9, 10, 12, 14, 18, 24, 32, 40)
DEGREES = (0, 0, 0, 0, 0, 0, 0, 90, 270, 4, -12)
WORDS = {
    "Latin": ("DOE^JOHN", "THUL MARGARETE", "ID 4711 0815", "ACC00912345", "1987-03-12", "ST. ANNA HOSPITAL",
              "Krause, Emil", "geb. 12.03.1987", "Müller Jürgen", "François Lefèvre", "Muñoz Begoña", "Łukasz Żółty",
              "Çağlar Gül", "Dvořák Jiří", "Dr. van den Berg", "Klinikum Seestadt"),
    "Greek": ("Παπαδόπουλος", "ΝΟΣΟΚΟΜΕΙΟ ΑΘΗΝΑ"),
    "Cyrillic": ("Иванова Мария", "БОЛЬНИЦА СЕВЕР"),
    "Arabic": ("محمد العربي", "مستشفى النور"),
}  # fmt: skip
SCRIPTS = ("Latin",) * 12 + ("Greek", "Cyrillic", "Arabic")
FOLDERS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/truetype/liberation")
FACES = (
    "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSerif.ttf", "DejaVuSansCondensed.ttf",
    "LiberationSans-Regular.ttf", "LiberationMono-Bold.ttf", "LiberationSerif-Italic.ttf",
)  # fmt: skip
UNICODE_FACE = "DejaVuSans.ttf"  # has all scripts of WORDS
BITMAPS = ("5x7", "pillow", "aliased")  # two bitmap fonts, and outlines drawn without grey
ASCII_ONLY = frozenset(BITMAPS[:2])
OUTLINE = 0.5  # opacity from which a pixel belongs to a letter
AROUND_PX = 8  # pixels, and
AROUND = 0.3  # of a line's size, around it belong to it
GRADES = ("faint", "plain", "strong", "saturated")
PLACES = ("dark", "middle", "bright")
TRIES = 40  # places that are tried until one is as dark or bright as it shall be
Rectangle = tuple[int, int, int, int]
OWN_TEXT: dict[str, tuple[Rectangle, ...]] = {  # row, column, height, width
    "US1_UNCI.dcm": ((0, 0, 112, 640), (342, 0, 138, 640), (112, 0, 130, 52), (112, 588, 130, 52)),
    "OBXXXX1A_expb.dcm": ((0, 0, 64, 800), (64, 0, 240, 190), (64, 180, 60, 232), (450, 180, 90, 120)),
    "YBR_FULL-RLE.dcm": ((0, 0, 50, 640), (50, 495, 190, 145), (362, 104, 42, 60)),
    "US-PAL-8-10x-echo": ((0, 0, 305, 140), (0, 525, 200, 75)),
    "GH538-jpeg14sv1.dcm": (
        (0, 325, 42, 40), (0, 595, 175, 41), (98, 200, 34, 36), (210, 105, 36, 48), (395, 590, 39, 46),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line that was drawn.

    Attributes
    ----------
    opacity : (row, column) float32
        0 to 1: how much of a pixel a letter covers.
    near : (row, column) bool
        The line's own rectangle, turned as the line is, with what belongs to it around it.
    words : tuple of str
        What must not be read any more: capitals, four characters or more.
    """

    text: str = field(repr=False)
    script: str
    font: str
    size: int
    degrees: int
    grade: str
    place: str
    opacity: np.ndarray
    near: np.ndarray
    words: tuple[str, ...] = field(repr=False)

    @property
    def glyphs(self) -> np.ndarray:
        """Return which pixels are letters."""
        return self.opacity > OUTLINE

    def __str__(self) -> str:
        """Say how it was drawn, not what."""
        return f"{self.script} {self.font} {self.size} px {self.degrees} deg {self.grade} over {self.place}"


def draw_line(rng: np.random.Generator, seen: np.ndarray, number: int, brightness: tuple[float, float]) -> Line:
    """Draw one line at a place of its own.

    Parameters
    ----------
    seen : (row, column) array
        How bright the picture is, to choose a place by.
    number : int
        Of the line: grades and places take turns, all else is drawn by lot.
    brightness : (float, float)
        Below the first a picture is dark (air), above the second bright (bone).
    """
    script, size = str(rng.choice(SCRIPTS)), int(rng.choice(SIZES_PX))
    text, degrees = str(rng.choice(WORDS[script])), int(rng.choice(DEGREES))
    grade, place = GRADES[number % len(GRADES)], PLACES[number % len(PLACES)]
    font = str(rng.choice(FACES + BITMAPS)) if script == "Latin" else str(rng.choice((UNICODE_FACE, "aliased")))
    if font in ASCII_ONLY and not text.isascii():
        font = UNICODE_FACE
    letters = _letters(text, font, size)
    frame = np.ones(letters.shape, dtype=np.float32)
    if degrees:
        letters, frame = (ndimage.rotate(part, degrees, order=1, cval=0.0).clip(0, 1) for part in (letters, frame))
    rows, columns = (min(size, room - 4) for size, room in zip(letters.shape, seen.shape, strict=True))
    letters, frame = letters[:rows, :columns], frame[:rows, :columns]
    row, column = _place(rng, seen, (rows, columns), place, brightness)
    opacity = np.zeros(seen.shape, dtype=np.float32)
    near = np.zeros(seen.shape, dtype=np.bool_)
    opacity[row : row + rows, column : column + columns] = letters
    near[row : row + rows, column : column + columns] = frame > OUTLINE
    near = ndimage.binary_dilation(near, np.ones((3, 3)), iterations=max(AROUND_PX, round(AROUND * size)))
    parts = text.upper().replace("^", " ").replace(",", " ").split()
    words = tuple(part for part in parts if len(part) >= 4)
    return Line(text, script, font, size, degrees, grade, place, opacity, near, words)


def _letters(text: str, font: str, size: int) -> np.ndarray:
    """Draw a line: (row, column) opacity, no larger than its letters and a rim of one pixel."""
    if font == "5x7":
        return np.pad(text_mask(text, max(1, round(size / 8))).astype(np.float32), 1)
    scale = 1
    if font == "pillow":
        face, scale = ImageFont.load_default_imagefont(), max(1, round(size / 11))
    else:
        face = ImageFont.truetype(str(_font_file(UNICODE_FACE if font == "aliased" else font)), size)
    left, top, right, bottom = (round(place) for place in face.getbbox(text))
    picture = Image.new("L", (right - left + 2, bottom - top + 2))
    pen = ImageDraw.Draw(picture)
    pen.fontmode = "1" if font in BITMAPS else "L"
    pen.text((1 - left, 1 - top), text, fill=255, font=face)
    drawn = np.asarray(picture, dtype=np.float32) / 255
    return np.kron(drawn, np.ones((scale, scale), dtype=np.float32))


def _font_file(name: str) -> Path:
    """Return a font's file.

    Raises
    ------
    FileNotFoundError
        When it is not installed: the packages are fonts-dejavu and fonts-liberation.
    """
    for folder in FOLDERS:
        if (path := Path(folder) / name).is_file():
            return path
    raise FileNotFoundError(f"{name} is not installed (Debian: fonts-dejavu-core fonts-dejavu-extra fonts-liberation)")


def _place(
    rng: np.random.Generator, seen: np.ndarray, size: tuple[int, int], wanted: str, brightness: tuple[float, float]
) -> tuple[int, int]:
    """Choose a corner at which the picture is as dark or bright as wanted; the last one tried where none is."""
    for _ in range(TRIES):
        row, column = (int(rng.integers(2, room - part - 1)) for room, part in zip(seen.shape, size, strict=True))
        level = float(np.median(seen[row : row + size[0], column : column + size[1]]))
        if PLACES[int(np.searchsorted(brightness, level, side="right"))] == wanted:
            break
    return row, column


def without_own_text(frames: np.ndarray, name: str) -> np.ndarray:
    """Return frames with the rectangles of their own text painted over by their darkest corner."""
    blank = frames.copy()
    for row, column, height, width in OWN_TEXT.get(name, ()):
        blank[:, row : row + height, column : column + width] = _background(frames)
    return blank


def _background(frames: np.ndarray) -> np.ndarray:
    """Return the most frequent value of the first frame."""
    pixels = frames[0].reshape(-1, *frames.shape[3:])
    values, counts = np.unique(pixels, axis=0, return_counts=True)
    return values[np.argmax(counts)]
