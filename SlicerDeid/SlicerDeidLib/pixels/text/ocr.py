# SPDX-License-Identifier: Apache-2.0
"""OCR engines behind one door: a picture in, the words that were read and where they stand out.

An engine is an optional package; whoever asks for one that is not there is told what to install. Nothing is downloaded:
the models lie in the packages.
"""

from __future__ import annotations

import importlib.util
import logging
import multiprocessing
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import EngineMissing, PixelError
from SlicerDeidLib.model.wanted import check_wanted
from SlicerDeidLib.pixels.text.lookedat import Detector, looked_at_once
from SlicerDeidLib.pixels.text.tiles import Line, joined, tiles

THREADS_ALONE = 2  # of a process that works alone; each of several that work beside each other has
THREADS_BESIDE = 1
_MAKING = threading.Lock()  # an engine takes seconds to make, and is made once, whichever thread asks first
ONLY_FATAL = 4  # of onnxruntime's severities, 0 to 4
LARGEST_PX = 4000  # long side that an engine looks at without making the picture smaller
WHOLE = 0.9  # of the picture's area: an answer as large as the picture is none
FILTERED_SCORE = 0.6  # of 1: below it what was read is a guess, and the line one that cannot be read
SEEN_PIXEL = 0.2  # of 1: how sure RapidOCR's detector must be of a pixel (it comes with 0.3), and
SEEN_SCORE = 0.3  # of a line (0.5): faint and small lines score less than 0.5; the recogniser or the strokes decide
MISSING = (
    "no engine that reads text in pictures is installed; install one with: pip install slicerdeid[text] "
    "(or Tesseract with: apt-get install tesseract-ocr)"
)

_ANEW = "install it anew with: pip install --force-reinstall slicerdeid[text]"
UNFIT = f"the package rapidocr that is installed does not bring its models, and none are downloaded; {_ANEW}"
DAMAGED = f"a model of the package rapidocr that is installed cannot be opened; {_ANEW}"


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """What an engine read at one place.

    Attributes
    ----------
    corners : (4, 2) float64
        Column and row of the corners of the quadrilateral round it, pixels, clockwise from its top left.
    text : str
        What was read; it is an identifier until the contrary is shown, and never leaves the process. Empty where the
        engine sees a line that it cannot read: a script that it does not know.
    score : float
        How sure the engine is, 0 to 1.
    seen : float
        How sure it is that there is a line, whatever it says, 0 to 1; 0 where it does not tell.
    """

    corners: NDArray[np.float64]
    text: str = field(repr=False)
    score: float
    seen: float = 0.0


Engine = Callable[[NDArray[np.uint8]], tuple[Word, ...]]
"""(row, column) or (row, column, 3) 8-bit picture -> words."""


def available() -> tuple[str, ...]:
    """Return the names of the engines that are installed, the best first; imports none."""
    return tuple(name for name, (is_there, _) in _ENGINES.items() if is_there())


def engine(name: str = "") -> Engine:
    """Return an engine, by default the best that is installed.

    Raises
    ------
    EngineMissing
        When it, or any, is not installed; the sentence says what to install.
    PixelError
        When there is none of that name.
    """
    if name and name not in _ENGINES:
        raise PixelError(f"there is no OCR engine {name!r}; there is {', '.join(_ENGINES)}")
    names = [name] if name else list(available())
    if not names or not _ENGINES[names[0]][0]():
        raise EngineMissing(MISSING)
    with _MAKING:
        return _ENGINES[names[0]][1]()


def threads() -> int:
    """Return on how many threads an engine of this process works."""
    return THREADS_ALONE if multiprocessing.parent_process() is None else THREADS_BESIDE


@cache
def _rapidocr() -> Engine:
    """RapidOCR with PP-OCR models on onnxruntime (Apache-2.0); the models lie in its wheel."""
    from omegaconf import flag_override
    from rapidocr import RapidOCR

    reader = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # tells pictures that stand on their head, and takes a third of the time
            "Global.max_side_len": LARGEST_PX,
            "Global.text_score": FILTERED_SCORE,
            "Det.limit_type": "max",
            "Det.limit_side_len": LARGEST_PX,
            "Det.thresh": SEEN_PIXEL,
            "Det.box_thresh": SEEN_SCORE,
        }
    )
    with flag_override(reader.cfg, "allow_objects", True):
        for part in (reader.cfg.Det, reader.cfg.Rec):
            part.session = _session(part, Path(reader.cfg.Global.model_root_dir))
    logging.getLogger("RapidOCR").disabled = True
    look = looked_at_once(lambda tile: _lines_in(reader, tile))

    def detect(picture: NDArray[np.uint8]) -> tuple[Word, ...]:
        check_wanted()
        rgb = np.repeat(picture[..., None], 3, axis=-1) if picture.ndim == 2 else picture
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        lines = joined([line for place in tiles(bgr.shape) for line in _lines_at(place, look, bgr)])
        if not lines:
            return ()
        crops = reader.crop_text_regions(bgr, np.array([corners for corners, _ in lines], dtype=np.float32))
        return tuple(
            _read_line(lambda crop: reader(crop, use_det=False, use_rec=True), corners, crop, score)
            for (corners, score), crop in zip(lines, crops, strict=True)
        )

    return detect


def _session(part: Any, models: Path) -> Any:
    """Return the model of a detector or a recogniser, whose threads rest while they have nothing to do.

    Those of RapidOCR's own sessions spin and take memory anew for every picture: twice the processor's time, and on
    busy cores twice the clock's.

    Raises
    ------
    EngineMissing
        If it does not lie in the package: RapidOCR would download it; or is damaged.
    """
    from onnxruntime import InferenceSession, SessionOptions
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf, RuntimeException
    from rapidocr.inference_engine.base import FileInfo
    from rapidocr.inference_engine.onnxruntime import OrtInferSession

    options = SessionOptions()
    options.log_severity_level = ONLY_FATAL
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    model = FileInfo(part.engine_type, part.ocr_version, part.task_type, part.lang_type, part.model_type)
    path = models / PurePosixPath(OrtInferSession.get_model_url(model)["model_dir"]).name
    if not path.is_file():
        raise EngineMissing(UNFIT)
    try:
        return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (Fail, InvalidGraph, InvalidProtobuf, RuntimeException) as error:
        raise EngineMissing(DAMAGED) from error


def _lines_at(place: tuple[slice, slice], look: Detector, bgr: NDArray[np.uint8]) -> list[Line]:
    """Return where lines stand in one tile of a picture, in the picture's pixels."""
    at = np.array([place[1].start, place[0].start], dtype=np.float64)
    return [(corners + at, score) for corners, score in look(np.ascontiguousarray(bgr[place]))]


def _lines_in(reader: Any, tile: NDArray[np.uint8]) -> list[Line]:
    """Return where lines stand in a tile, in its pixels."""
    seen = reader(tile, use_det=True, use_rec=False)
    if seen.boxes is None:
        return []
    found = [
        (np.asarray(corners, dtype=np.float64), float(score))
        for corners, score in zip(seen.boxes, seen.scores, strict=True)
    ]
    return [(corners, score) for corners, score in found if not _is_whole(corners, tile.shape)]


def _read_line(read: Callable[[NDArray[np.uint8]], Any], corners: Any, crop: NDArray[np.uint8], seen: float) -> Word:
    """Read one line that was seen; one that runs up or down from both ends.

    Parameters
    ----------
    crop : (row, column, 3) uint8
        The line, turned so that it runs from left to right or from right to left.
    seen : float
        How sure the engine is that there is a line: the score of one that cannot be read.
    """
    place = np.asarray(corners, dtype=np.float64)
    width, height = np.ptp(place, axis=0)
    best = Word(place, "", seen, seen)
    for turned in (crop, crop[::-1, ::-1])[: 1 + int(height > width)]:
        answer = read(np.ascontiguousarray(turned))
        for text, score in zip(answer.txts or (), answer.scores or (), strict=True):
            if text.strip() and score >= FILTERED_SCORE and (not best.text or score > best.score):
                best = Word(place, text, float(score), seen)
    return best


@cache
def _tesseract() -> Engine:
    """Tesseract's own program; pytesseract only calls it."""
    import pytesseract

    def detect(picture: NDArray[np.uint8]) -> tuple[Word, ...]:
        check_wanted()
        table: dict[str, list[Any]] = pytesseract.image_to_data(
            picture, config="--psm 11", output_type=pytesseract.Output.DICT
        )
        places = zip(table["left"], table["top"], table["width"], table["height"], strict=True)
        words = []
        for (left, top, width, height), text, percent in zip(places, table["text"], table["conf"], strict=True):
            corners = [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
            word = Word(np.array(corners, dtype=np.float64), text, float(percent) / 100.0)
            if text.strip() and word.score >= FILTERED_SCORE and not _is_whole(word.corners, picture.shape):
                words.append(word)
        return tuple(words)

    return detect


def _is_whole(corners: NDArray[np.float64], shape: tuple[int, ...]) -> bool:
    """Tell whether a line is as large as its picture: what an engine says of a picture without text."""
    width, height = np.ptp(corners, axis=0)
    return bool(width * height > WHOLE * shape[0] * shape[1])


def _is_installed(*modules: str) -> bool:
    return all(importlib.util.find_spec(module) is not None for module in modules)


_ENGINES: dict[str, tuple[Callable[[], bool], Callable[[], Engine]]] = {
    "rapidocr": (lambda: _is_installed("rapidocr", "onnxruntime"), _rapidocr),
    "tesseract": (lambda: _is_installed("pytesseract") and shutil.which("tesseract") is not None, _tesseract),
}
