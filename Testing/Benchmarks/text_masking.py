# SPDX-License-Identifier: Apache-2.0
"""How much of the text that was drawn into real images is gone after ``--text mask``, and what else changed.

::

    python Testing/Benchmarks/text_masking.py [--data DIR] [--each N] [--seed S] [--thorough]

Draws lines of invented words into copies of real images: several fonts, 8 to 40 pixels, faint to saturated, over air,
tissue and bone; on one slice or on all. Truth is every pixel that the drawing changed visibly. Prints, for each kind of
image: share of those pixels gone, images in which no engine reads a planted word any more, pixels changed outside of
the lines, clean images that stayed identical, refusals, seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

TESTING = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTING), str(TESTING.parent / "SlicerDeid")]

import numpy as np  # noqa: E402
from ballhead import read_ct  # noqa: E402
from PIL import Image, ImageDraw, ImageFont  # noqa: E402
from SlicerDeidLib.errors import PixelError  # noqa: E402
from SlicerDeidLib.formats.dicomfile import read, write  # noqa: E402
from SlicerDeidLib.formats.dicompixels import as_seen, decode, encode, is_palette  # noqa: E402
from SlicerDeidLib.model.policy import TextPolicy  # noqa: E402
from SlicerDeidLib.pipeline.texts import redact_frames, redact_volume  # noqa: E402
from SlicerDeidLib.pixels.ocr import available, engine  # noqa: E402
from SlicerDeidLib.pixels.pictures import enlarged, grey, views  # noqa: E402
from SlicerDeidLib.sample.lettering import text_mask  # noqa: E402

DATA = TESTING.parents[1] / "shared" / "data"
HEADS = ("neurolabusc_dcm_qa_ct/In/GE", "cerr_pyCERR/head_and_neck/pt_1")
FRAMES = {
    "US RGB": "pydicom_pydicom-data/US1_UNCI.dcm",
    "US palette": "pydicom_pydicom-data/OBXXXX1A_expb.dcm",
    "US YBR": "dcm4che_dcm4che-test-data/YBR_FULL-RLE.dcm",
    "CR 16 bit": "pydicom_pydicom-data/RG1_J2KI.dcm",
    "SC RGB": "fo-dicom_fo-dicom/Test Data/GH538-jpeg14sv1.dcm",
}
WORDS = ("DOE^JOHN", "THUL MARGARETE", "ID 4711 0815", "ACC00912345", "1987-03-12", "ST. ANNA HOSPITAL", "KRAUSE, EMIL")
SIZES_PX = (8, 9, 10, 12, 14, 18, 24, 32, 40)
CONTRASTS_HU = (300.0, 500.0, 1000.0, 3000.0)
VISIBLE = 60.0  # HU or grey levels that a pixel must have changed by to be part of a letter
AROUND_PX = 8  # pixels around a line that belong to it
DEJAVU = Path("/usr/share/fonts/truetype/dejavu")


@dataclass(slots=True)
class Row:
    """What was measured for one kind of image."""

    images: int = 0
    refused: int = 0
    gone: list[float] = field(default_factory=list)
    clean: int = 0
    outside: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def line(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, str]:
    """Draw one line at a place of its own: (row, column) opacity 0 to 1, and what it says."""
    text, size = str(rng.choice(WORDS)), int(rng.choice(SIZES_PX))
    fonts = [None, "bitmap", *(sorted(DEJAVU.glob("DejaVuSans*.ttf"))[:4] if DEJAVU.is_dir() else [])]
    font = fonts[rng.integers(len(fonts))]
    alpha = np.zeros(shape, dtype=np.float32)
    if font == "bitmap":
        letters = text_mask(text, max(1, round(size / 8))).astype(np.float32)
    else:
        drawn = ImageFont.load_default(size) if font is None else ImageFont.truetype(str(font), size)
        left, top, right, bottom = (round(place) for place in drawn.getbbox(text))
        picture = Image.new("L", (right - left + 2, bottom - top + 2))
        ImageDraw.Draw(picture).text((1 - left, 1 - top), text, fill=255, font=drawn)
        letters = np.asarray(picture, dtype=np.float32) / 255
    letters = letters[: shape[0] - 20, : shape[1] - 20]
    row = int(rng.integers(5, shape[0] - letters.shape[0] - 5))
    column = int(rng.integers(5, shape[1] - letters.shape[1] - 5))
    alpha[row : row + letters.shape[0], column : column + letters.shape[1]] = letters
    return alpha, text


def near(alpha: np.ndarray) -> np.ndarray:
    """Return the rectangle of a line with what is around it."""
    rows, columns = np.nonzero(alpha)
    rectangle = np.zeros(alpha.shape, dtype=bool)
    top, left = max(0, rows.min() - AROUND_PX), max(0, columns.min() - AROUND_PX)
    rectangle[top : rows.max() + AROUND_PX + 1, left : columns.max() + AROUND_PX + 1] = True
    return rectangle


def still_reads(pictures: list[np.ndarray], text: str) -> bool:
    """Tell whether an engine reads a planted word of four characters or more."""
    planted = [part for part in text.replace("^", " ").replace(",", " ").split() if len(part) >= 4]
    for name in available():
        for picture in pictures:
            said = " ".join(word.text for word in engine(name)(enlarged(picture)[0])).upper()
            if any(part in said for part in planted):
                return True
    return False


def measure_ct(data: Path, each: int, rng: np.random.Generator, mode: str) -> Row:
    """Draw into slices of head CTs."""
    row = Row()
    heads = [read_ct(data / folder) for folder in HEADS]
    for number in range(each):
        volume = heads[number % len(heads)]
        alpha, text = line(rng, volume.shape[1:])
        contrast = float(rng.choice(CONTRASTS_HU))
        slices = range(len(volume.stored)) if rng.random() < 0.3 else [int(rng.integers(len(volume.stored)))]
        stored = volume.stored.astype(np.float64)
        for k in slices:
            values = stored[k] * volume.slope[k] + volume.intercept[k]
            target = float(np.median(values[alpha > 0])) + contrast
            written = values * (1 - alpha) + np.maximum(values, target) * alpha
            stored[k] = (written - volume.intercept[k]) / volume.slope[k]
        drawn = replace(volume, stored=np.rint(stored).clip(*volume.stored_range).astype(volume.stored.dtype))
        letters = np.abs(drawn.stored.astype(float) - volume.stored) * abs(volume.slope[0]) > VISIBLE
        begin = time.perf_counter()
        try:
            after = redact_volume(drawn, None, TextPolicy(mode)).after
        except PixelError:
            row.images, row.refused = row.images + 1, row.refused + 1
            continue
        row.seconds.append(time.perf_counter() - begin)
        changed = after != drawn.stored
        first = next(iter(slices))
        shown = (after[first] * volume.slope[first] + volume.intercept[first]).astype(np.float32)
        views = [grey(shown, window) for window in ((-1024.0, 3000.0), (-1024.0, 500.0), (-150.0, 350.0))]
        outside = changed.copy()
        outside[list(slices)] &= ~near(alpha)
        count(row, changed, letters, outside, views, text)
    return row


def measure_frames(path: Path, each: int, rng: np.random.Generator, mode: str) -> Row:
    """Draw into a frame of another kind of image, from which its own text was taken out first."""
    row = Row()
    blank = read(path.read_bytes())
    encode(blank, redact_frames(blank, "thorough", keeps_harmless=False).after)
    data = b"".join(write(blank))
    for _ in range(each):
        file = read(data)
        before = decode(file)
        alpha, text = line(rng, before.shape[1:3])
        seen = as_seen(file, before[0])
        luminance = seen if seen.ndim == 2 else seen.astype(int).sum(axis=-1)
        brightest = before[0].reshape(luminance.size, -1)[np.argmax(luminance)].astype(np.float64)
        drawn = before.astype(np.float64)
        alpha = (alpha > 0.5).astype(np.float32) if is_palette(file) else alpha
        opaque = alpha[None, ..., None] if drawn.ndim == 4 else alpha[None]
        brightest = brightest if drawn.ndim == 4 else brightest[0]
        drawn[:1] = drawn[:1] * (1 - opaque) + brightest * opaque
        stored = np.rint(drawn).astype(before.dtype)
        encode(file, stored)
        letters = np.zeros(before.shape[:3], dtype=bool)
        letters[0] = alpha > 0.5
        begin = time.perf_counter()
        try:
            after = redact_frames(file, mode, keeps_harmless=False).after
        except PixelError:
            row.images, row.refused = row.images + 1, row.refused + 1
            continue
        row.seconds.append(time.perf_counter() - begin)
        changed = after != stored
        changed = changed.any(axis=-1) if changed.ndim == 4 else changed
        outside = changed.copy()
        outside[0] &= ~near(alpha)
        count(row, changed, letters, outside, views(as_seen(file, after[0])), text)
    return row


def count(
    row: Row, changed: np.ndarray, letters: np.ndarray, outside: np.ndarray, views: list[np.ndarray], text: str
) -> None:
    """Add one image to a row."""
    row.images += 1
    row.gone.append(float(changed[letters].mean()) if letters.any() else 1.0)
    row.outside.append(float(outside.mean()))
    row.clean += not still_reads(views, text)


def rows(data: Path, each: int, seed: int, mode: str) -> Iterator[tuple[str, Row]]:
    """Measure one kind of image after the other."""
    kinds: dict[str, Callable[[np.random.Generator], Row]] = {
        "CT head": lambda rng: measure_ct(data, each, rng, mode),
        **{name: lambda rng, p=path: measure_frames(data / p, each, rng, mode) for name, path in FRAMES.items()},
    }
    for name, measure in kinds.items():
        yield name, measure(np.random.default_rng(seed))


def identical(data: Path, mode: str) -> str:
    """Say how many clean head CTs stay as they are."""
    same = 0
    for folder in HEADS:
        volume = read_ct(data / folder)
        same += redact_volume(volume, None, TextPolicy(mode)).after is volume.stored
    return f"{same} of {len(HEADS)}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--each", type=int, default=10, help="images of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--thorough", action="store_true")
    arguments = parser.parse_args()
    mode = "thorough" if arguments.thorough else "mask"
    print(f"engines: {', '.join(available())}; mode {mode}; seed {arguments.seed}")
    print(f"{'kind':<12}{'images':>7}{'gone':>8}{'clean':>7}{'outside':>9}{'refused':>9}{'s each':>8}")
    every: list[float] = []
    for name, row in rows(arguments.data, arguments.each, arguments.seed, mode):
        every += row.gone
        gone, outside = np.mean(row.gone or [0.0]), np.mean(row.outside or [0.0])
        seconds = np.mean(row.seconds or [0.0])
        print(
            f"{name:<12}{row.images:>7}{gone:>8.3f}{row.clean:>7}{outside:>9.3%}{row.refused:>9}{seconds:>8.1f}",
            flush=True,
        )
    print(f"all together: {np.mean(every):.3f} of the letters' pixels gone")
    print(f"clean head CTs that stayed identical: {identical(arguments.data, mode)}")


if __name__ == "__main__":
    main()
