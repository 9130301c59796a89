# SPDX-License-Identifier: Apache-2.0
"""Real images of every kind with a drawn line each: what the text step is given, and what is true of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from ballhead import read_ct
from enhancedseries import write_enhanced
from scipy import ndimage
from SlicerDeidLib.formats.dicom.file import DicomFile, read
from SlicerDeidLib.formats.dicom.pixels import as_seen, decode, encode, is_palette
from SlicerDeidLib.model.element import Element
from SlicerDeidLib.model.policy import TextPolicy
from SlicerDeidLib.model.staying import NOTHING
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pipeline.texts import Redacted, redact_frames, redact_volume
from SlicerDeidLib.pixels.pictures import grey, views
from textcorpus import Line, draw_line, without_own_text

CT_GRADES_HU = {"faint": 300.0, "plain": 500.0, "strong": 1000.0, "saturated": 3000.0}  # above what lies under a line
GRADES = {"faint": 0.25, "plain": 0.45, "strong": 0.7, "saturated": 1.0}  # of what a viewer shows, black to white
CT_PLACES_HU = (-500.0, 300.0)  # air below, bone above
PLACES = (1 / 3, 2 / 3)  # of what a viewer shows
CT_WINDOWS_HU = ((-1024.0, 3000.0), (-1024.0, 500.0), (-150.0, 350.0))
COLOURS = ((255, 255, 255), (255, 255, 0), (0, 255, 255), (0, 255, 0), (255, 160, 0))
LEGIBLE = 3.0  # times the noise: less contrast makes no line that a person could read
TO_YBR = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])  # C.7.6.3.1.2
ON_ALL = 0.4  # of the series and clips show their line on every slice or frame
MOST_SLICES = 28  # of a series
HEADS = (
    "neurolabusc_dcm_qa_ct/In/GE",
    "cerr_pyCERR/head_and_neck/pt_1",
    "CQ500_via_Roiabr_Head-CT-hemorrhage-detection/complex_head_ct",
)
STRAY = "CT000000.dcm"  # another patient's slice in the third folder
XA30 = "neurolabusc_dcm_qa_xa30/In/5_anat-T1w_acq-tfl"
FRAMES = {
    "CT localizer": ("fo-dicom_fo-dicom/Test Data/GH342.dcm", "neurolabusc_dcm_qa_ct/In/Philips/S21570/S1000/I10"),
    "enhanced CT": ("pydicom_pydicom-data/eCT_Supplemental.dcm",),
    "MR": ("FNNDSC_SAG-anon/009*", "CIBC-Internal_Seg3DData/example_dicom/IM-0001-0020.dcm"),
    "enhanced MR": (f"{XA30}/*.dcm",),
    "MR in colour": ("FNNDSC_SAG-anon/009*",),
    "US RGB": ("pydicom_pydicom-data/US1_UNCI.dcm",),
    "US YBR": ("dcm4che_dcm4che-test-data/YBR_FULL-RLE.dcm",),
    "US palette": ("pydicom_pydicom-data/OBXXXX1A_expb.dcm",),
    "US clip": ("dcm4che_dcm4che-test-data/US-PAL-8-10x-echo",),
    "radiograph": ("pydicom_pydicom-data/RG1_J2KI.dcm",),
    "XA cine": ("fo-dicom_fo-dicom/Test Data/HasFragmentSequence.dcm",),
    "SC colour": ("fo-dicom_fo-dicom/Test Data/GH538-jpeg14sv1.dcm",),
    "SC grey": ("fo-dicom_fo-dicom/Test Data/GH1728.dcm", "pydicom_pydicom-data/JPEG-LL.dcm"),
    "photograph": ("pydicom_pydicom-data/HTJ2K_08_RGB.dcm",),
}
CLEAN = frozenset(FRAMES) - {"US RGB", "US YBR", "US palette", "US clip", "SC colour"}  # show no text of their own
HEAD_CT = "CT head"
ENHANCED_HEAD_CT = "enhanced CT head"  # the same series, their slices as frames of one image
KINDS = (HEAD_CT, *FRAMES, ENHANCED_HEAD_CT)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One image or series with a line.

    Attributes
    ----------
    before, drawn : (frame, row, column) or (frame, row, column, sample) array
        Stored values without and with the line.
    on : tuple of int
        The frames that show it.
    mask : callable
        Text mode -> what the text step leaves.
    pictures : callable
        Stored values of one frame, its number -> what a reader would look at.
    """

    kind: str
    line: Line | None
    before: np.ndarray
    drawn: np.ndarray
    on: tuple[int, ...]
    mask: Callable[[str], Redacted]
    pictures: Callable[[np.ndarray, int], list[np.ndarray]]

    def glyphs_on(self, frame: int) -> np.ndarray:
        """Return which pixels of a frame are letters and were changed by them: over bone a line can show nothing."""
        assert self.line is not None
        differs = self.drawn[frame] != self.before[frame]
        return self.line.glyphs & (differs.any(axis=-1) if differs.ndim == 3 else differs)


def cases(data: Path, kind: str, count: int, seed: int) -> Iterator[Case]:
    """Yield ``count`` images of a kind, each with a line of its own."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    sources = list(_sources(data, kind))
    for n in range(count):
        source = sources[n % len(sources)]
        number = n + KINDS.index(kind)  # so that a few lines of each kind are of all contrasts, over all grounds
        yield (_on_series if isinstance(source, Volume) else _on_frames)(kind, source, rng, number)


def clean_cases(data: Path, kind: str, most_slices: int = MOST_SLICES) -> Iterator[Case]:
    """Yield the images of a kind that came without any text, as they are."""
    for source in _sources(data, kind, most_slices) if kind in (HEAD_CT, ENHANCED_HEAD_CT, *CLEAN) else ():
        if isinstance(source, Volume):
            yield Case(kind, None, source.stored, source.stored, (), _series_masker(kind, source), _shown(source))
        else:
            stored = decode(source)
            yield Case(kind, None, stored, stored, (), _frames_masker(source), _seen(source))


def _sources(data: Path, kind: str, most_slices: int = MOST_SLICES) -> Iterator[Volume | DicomFile]:
    """Yield the real images of a kind."""
    if kind in (HEAD_CT, ENHANCED_HEAD_CT):
        yield from (_thinned(read_ct(data / folder, without=STRAY), most_slices) for folder in HEADS)
        return
    for pattern in FRAMES[kind]:
        path = sorted((data / pattern).parent.glob(Path(pattern).name))
        file = read(path[len(path) // 2].read_bytes())
        stored = without_own_text(decode(file), path[len(path) // 2].name)
        if kind == "MR in colour":
            file = _coloured(file, stored)
        else:
            encode(file, stored)
        yield file


def _thinned(volume: Volume, most: int) -> Volume:
    """Return at most ``most`` slices of a series, evenly."""
    chosen = np.unique(np.linspace(0, len(volume.stored) - 1, most).round().astype(int))
    return replace(
        volume,
        stored=volume.stored[chosen],
        slope=volume.slope[chosen],
        intercept=volume.intercept[chosen],
        positions=volume.positions[chosen],
    )


def _coloured(file: DicomFile, stored: np.ndarray) -> DicomFile:
    """Return an image as scanners write maps: its brightest part in colour over the grey picture."""
    shown = grey(stored[0].astype(np.float32), (0.0, float(np.percentile(stored, 99.5))))
    hot = ndimage.gaussian_filter((shown > 150).astype(np.float32), 4.0)[..., None]
    red = shown[..., None] * (1 - hot * np.array([0.0, 0.5, 1.0], dtype=np.float32))
    words = {0x00280002: 3, 0x00280100: 8, 0x00280101: 8, 0x00280102: 7, 0x00280103: 0, 0x00280006: 0}
    for tag, value in words.items():
        file.dataset[tag] = Element(tag, "US", value.to_bytes(2, file.byte_order))
    file.dataset[0x00280004] = Element(0x00280004, "CS", b"RGB ")
    file.dataset[0x7FE00010] = Element(0x7FE00010, "OW", bytes(red.size))
    encode(file, np.rint(red)[None].astype(np.uint8))
    return file


def _on_series(kind: str, volume: Volume, rng: np.random.Generator, number: int) -> Case:
    """Draw into a CT series: on one slice, or at the same place of all."""
    count = len(volume.stored)
    on = tuple(range(count)) if rng.random() < ON_ALL else (int(rng.integers(count)),)
    line = draw_line(rng, volume.slice_values(on[0]), number, CT_PLACES_HU)
    stored = volume.stored.astype(np.float64)
    for k in on:
        values = volume.slice_values(k).astype(np.float64)
        target = float(np.median(values[line.glyphs])) + CT_GRADES_HU[line.grade]
        written = values * (1 - line.opacity) + np.maximum(values, target) * line.opacity
        stored[k] = (written - volume.intercept[k]) / volume.slope[k]
    drawn = np.rint(stored).clip(*_range_of(volume)).astype(volume.stored.dtype)
    masker = _series_masker(kind, replace(volume, stored=drawn))
    return Case(kind, line, volume.stored, drawn, on, masker, _shown(volume))


def _range_of(volume: Volume) -> tuple[int, int]:
    """Return what a scanner would store: 12 bits from the lowest value there is."""
    return int(volume.stored.min()), max(int(volume.stored.max()), int(volume.stored.min()) + 4095)


def _series_masker(kind: str, volume: Volume) -> Callable[[str], Redacted]:
    if kind == ENHANCED_HEAD_CT:
        return _enhanced_masker(volume)
    return lambda mode: redact_volume(volume, None, TextPolicy(mode))


def _enhanced_masker(volume: Volume) -> Callable[[str], Redacted]:
    """Return what masks the slices as frames of one image, in any order, and puts them in theirs again."""
    with tempfile.TemporaryDirectory() as folder:
        (part,) = write_enhanced(Path(folder), [volume])
        (path,) = Path(folder).iterdir()
        file = read(path.read_bytes())
    order = np.argsort([k for _, _, k in part])

    def mask(mode: str) -> Redacted:
        redacted = redact_frames(file, mode, staying=NOTHING)
        return Redacted(redacted.after[order], is_examined=redacted.is_examined)

    return mask


def _shown(volume: Volume) -> Callable[[np.ndarray, int], list[np.ndarray]]:
    """Return how a reader looks at a slice of a CT."""

    def pictures(stored: np.ndarray, k: int) -> list[np.ndarray]:
        values = (stored * volume.slope[k] + volume.intercept[k]).astype(np.float32)
        return [grey(values, window) for window in CT_WINDOWS_HU]

    return pictures


def _frames_masker(file: DicomFile) -> Callable[[str], Redacted]:
    return lambda mode: redact_frames(file, mode, staying=NOTHING)


def _seen(file: DicomFile) -> Callable[[np.ndarray, int], list[np.ndarray]]:
    return lambda stored, _frame: views(as_seen(file, stored))


def _on_frames(kind: str, file: DicomFile, rng: np.random.Generator, number: int) -> Case:
    """Draw into an image of one or many frames: on one frame, or at the same place of all."""
    before = decode(file)
    file = replace(file, dataset=dict(file.dataset))
    on = tuple(range(len(before))) if rng.random() < ON_ALL else (int(rng.integers(len(before))),)
    shown = _brightness(file, before[on[0]])
    line = draw_line(rng, shown, number, PLACES)
    level = float(np.median(shown[line.glyphs])) if line.glyphs.any() else 0.0
    contrast = max(GRADES[line.grade], LEGIBLE * _noise(shown, line))
    is_lighter = level + contrast <= 1.0 or level < 1 / 2
    target = min(1.0, level + contrast) if is_lighter else max(0.0, level - contrast)
    colour = np.array(COLOURS[int(rng.integers(len(COLOURS)))]) / 255
    drawn = before.copy()
    for frame in on:
        drawn[frame] = _written(file, before[frame], line, target, colour if is_lighter else np.ones(3))
    encode(file, drawn)
    return Case(kind, line, before, decode(file), on, _frames_masker(file), _seen(file))


def _noise(shown: np.ndarray, line: Line) -> float:
    """Return the noise under a line: the spread from one pixel to the next, if the spread were that of noise."""
    steps = np.abs(np.diff(shown, axis=1))[line.glyphs[:, 1:]]
    return float(np.median(steps)) * 1.4826 / 2**0.5 if steps.size else 0.0


def _brightness(file: DicomFile, stored: np.ndarray) -> np.ndarray:
    """Return how bright a frame is where a viewer shows it, 0 to 1; a grey picture by its stored values."""
    seen = as_seen(file, stored)
    if seen.ndim == 3:
        return np.asarray(seen.max(axis=-1) / 255)
    low, high = np.percentile(seen, (0.5, 99.5))
    return np.asarray(((seen - low) / max(high - low, 1.0)).clip(0, 1))


def _written(file: DicomFile, stored: np.ndarray, line: Line, target: float, colour: np.ndarray) -> np.ndarray:
    """Return a frame with the line: letters of one grey value, or of one colour."""
    if is_palette(file):
        return np.where(line.glyphs, _nearest_colour(file, stored, target * 255 * colour), stored)
    if stored.ndim == 2:
        low, high = np.percentile(stored, (0.5, 99.5))
        written = stored * (1 - line.opacity) + (low + target * (high - low)) * line.opacity
        return np.asarray(np.rint(written).astype(stored.dtype))
    wanted = target * 255 * colour
    if bytes(file.dataset[0x00280004].value).startswith(b"YBR"):
        wanted = TO_YBR @ wanted + np.array([0.0, 128.0, 128.0])
    written = stored * (1 - line.opacity[..., None]) + wanted * line.opacity[..., None]
    return np.asarray(np.rint(written).clip(0, 255).astype(stored.dtype))


def _nearest_colour(file: DicomFile, stored: np.ndarray, wanted: np.ndarray) -> int:
    """Return the place in the palette whose colour is nearest."""
    colours = as_seen(file, np.arange(256, dtype=stored.dtype)[None])[0].astype(float)
    return int(np.argmin(((colours - wanted) ** 2).sum(axis=-1)))
