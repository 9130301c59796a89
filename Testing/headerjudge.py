# SPDX-License-Identifier: Apache-2.0
"""Header judge: holds the output of any program against the checks of a header corpus, with pydicom alone.

An image that is missing fails all its checks: an output that holds nothing scores nothing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import iodcheck
import numpy as np
import pydicom
from headercorpus import CATEGORIES, WORD, Check, Corpus, Where, digest
from pydicom.dataset import Dataset, FileDataset

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Score:
    """How many checks of each category passed, and which did not."""

    passed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CATEGORIES, 0))
    asked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CATEGORIES, 0))
    failed: list[Check] = field(default_factory=list)

    def share(self, category: str = "") -> float:
        """Return the share that passed of a category, or the mean of all categories: each counts alike."""
        names = [category] if category else CATEGORIES
        return sum(self.passed[n] / max(self.asked[n], 1) for n in names) / len(names)

    def table(self) -> str:
        """Write the score as lines of text."""
        lines = [f"{n:16} {self.passed[n]:6} of {self.asked[n]:6}  {self.share(n):7.2%}" for n in CATEGORIES]
        return "\n".join([*lines, f"{'all':16} {'':16}  {self.share():7.2%}"])

    def faults(self) -> list[str]:
        """Say what failed, without values: category, kind, element; each once."""
        seen = dict.fromkeys(
            f"{c.category}: {c.kind} {'>'.join(f'({t >> 16:04X},{t & 0xFFFF:04X})' for t in c.where)}"
            for c in self.failed
        )
        return list(seen)


def judge(corpus: Corpus, out: Path) -> Score:
    """Judge an output folder."""
    judged = Judge(corpus, out)
    score = Score()
    for check in corpus.checks:
        score.asked[check.category] += 1
        if judged.holds(check):
            score.passed[check.category] += 1
        else:
            score.failed.append(check)
    return score


@dataclass(slots=True)
class _File:
    """One image: its bytes, and what pydicom reads from them."""

    data: bytes
    dataset: FileDataset
    path: Path

    def element(self, where: Where) -> Any:
        """Return an element, or None."""
        level: Dataset = self.dataset
        for tag in where[:-1]:
            items = level[tag].value if tag in level else ()
            if not items:
                return None
            level = items[0]
        return level.get(where[-1])

    def text(self, where: Where) -> str:
        """Return an element's value as text; nothing where it is not there."""
        element = self.element(where)
        return "" if element is None or element.value is None else str(element.value)


class Judge:
    """The images of an output, found by their pixels, and the methods that answer checks."""

    def __init__(self, corpus: Corpus, out: Path) -> None:
        self._corpus = corpus
        self._files = dict(_images(out))
        self._sources = {image: _read(path) for image, path in corpus.sources.items()}
        self._mapped: dict[str, set[str]] = defaultdict(set)  # original UID -> what stands in its places
        self._origins: dict[str, set[str]] = defaultdict(set)  # new UID -> whose places it stands in
        self._offsets: dict[str, set[timedelta]] = defaultdict(set)
        self._pseudonyms: dict[str, set[str]] = defaultdict(set)
        for check in corpus.checks:
            self._gather(check)

    def _gather(self, check: Check) -> None:
        """Collect what must agree over several images."""
        file = self._files.get(check.image)
        if file is None:
            return
        patient = self._corpus.patients[check.image]
        if check.kind.startswith("mapped") and file.text(check.where):
            self._mapped[str(check.value)].add(file.text(check.where))
            self._origins[file.text(check.where)].add(str(check.value))
        elif check.kind == "pseudonym":
            self._pseudonyms[patient].add(file.text(check.where))
        elif check.kind == "interval" and isinstance(check.value, datetime):
            moment = _moment(file, check.where)
            if moment is not None:
                self._offsets[patient].add(moment - check.value)

    def holds(self, check: Check) -> bool:
        """Answer one check."""
        file = self._files.get(check.image)
        return file is not None and _ANSWERS[check.kind](self, file, check)

    def _absent(self, file: _File, check: Check) -> bool:
        return not any(needle in file.data for needle in check.needles)

    def _equal(self, file: _File, check: Check) -> bool:
        return file.text(check.where) == str(check.value)

    def _not_equal(self, file: _File, check: Check) -> bool:
        return str(check.value)[:14] not in file.text(check.where)

    def _without_words(self, file: _File, check: Check) -> bool:
        return not set(WORD.findall(file.text(check.where))) & set(check.words)

    def _with_word(self, file: _File, check: Check) -> bool:
        return check.value in WORD.findall(file.text(check.where))

    def _moved(self, file: _File, check: Check) -> bool:
        moment = _moment(file, check.where)
        return moment is not None and moment != check.value

    def _interval(self, file: _File, check: Check) -> bool:
        return self._moved(file, check) and self._offset(check) is not None

    def _interval_or_gone(self, file: _File, check: Check) -> bool:
        text = file.text(check.where)
        moment, offset = _parsed(text), self._offset(check)
        if not text or moment is None or offset is None or not isinstance(check.value, datetime):
            return not text
        moved = check.value + offset
        if len(text) > len("YYYYMMDD"):
            return moment.replace(microsecond=0) == moved
        return abs(moment.date() - moved.date()) <= _DAY  # a date without a time moves by whole days

    def _offset(self, check: Check) -> timedelta | None:
        """Return what the dates of the image's patient moved by, None where they moved by several offsets or none."""
        offsets = self._offsets[self._corpus.patients[check.image]]
        return next(iter(offsets)) if len(offsets) == 1 and timedelta() not in offsets else None

    def _is_mapped(self, file: _File, check: Check) -> bool:
        """One new UID for one original, and for no other."""
        new = self._mapped[str(check.value)]
        return len(new) == 1 and check.value not in new and self._origins[next(iter(new))] == {check.value}

    def _is_mapped_or_gone(self, file: _File, check: Check) -> bool:
        return not file.text(check.where) or self._is_mapped(file, check)

    def _pseudonym(self, file: _File, check: Check) -> bool:
        """One pseudonym for all images of a patient, not the original, and nobody else's."""
        patient = self._corpus.patients[check.image]
        mine = self._pseudonyms[patient]
        others = {name for who, names in self._pseudonyms.items() if who != patient for name in names}
        return len(mine) == 1 and not mine & {"", str(check.value)} and not mine & others

    def _meta_agrees(self, file: _File, _check: Check) -> bool:
        meta, dataset = file.dataset.file_meta, file.dataset
        return (meta.get("MediaStorageSOPInstanceUID"), meta.get("MediaStorageSOPClassUID")) == (
            dataset.get("SOPInstanceUID"),
            dataset.get("SOPClassUID"),
        )

    def _readable(self, file: _File, _check: Check) -> bool:
        """Every value can be read, without a warning."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for element in pydicom.dcmread(file.path).iterall():
                str(element.value)
        return not caught

    def _complete(self, file: _File, _check: Check) -> bool:
        return {"SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PixelData"} <= set(
            file.dataset.dir()
        )

    def _iod(self, file: _File, check: Check) -> bool:
        return iodcheck.faults(file.dataset) <= iodcheck.faults(self._sources[check.image].dataset)

    def _dciodvfy(self, file: _File, check: Check) -> bool:
        return _complaints(file.path) <= _complaints(self._sources[check.image].path)


_ANSWERS: dict[str, Callable[[Judge, _File, Check], bool]] = {
    "absent": Judge._absent,
    "equal": Judge._equal,
    "not equal": Judge._not_equal,
    "without words": Judge._without_words,
    "with word": Judge._with_word,
    "moved": Judge._moved,
    "interval": Judge._interval,
    "interval or gone": Judge._interval_or_gone,
    "mapped": Judge._is_mapped,
    "mapped or gone": Judge._is_mapped_or_gone,
    "pseudonym": Judge._pseudonym,
    "meta agrees": Judge._meta_agrees,
    "readable": Judge._readable,
    "complete": Judge._complete,
    "iod": Judge._iod,
    "dciodvfy": Judge._dciodvfy,
}


def _images(folder: Path) -> Iterator[tuple[str, _File]]:
    """Yield the images of a folder by their pixels."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                file = _read(path)
            except (pydicom.errors.InvalidDicomError, OSError):
                continue
            if "PixelData" in file.dataset:
                yield digest(_pixels(file.dataset)), file


def _read(path: Path) -> _File:
    """Read one file; bytes that a deflated file holds are searched as they are when inflated."""
    dataset = pydicom.dcmread(path)
    data = path.read_bytes()
    if dataset.file_meta.TransferSyntaxUID.is_deflated:
        at = data.index(b"DICM") + 4 + 12 + int(dataset.file_meta.FileMetaInformationGroupLength)
        data = data[:at] + zlib.decompress(data[at:], -zlib.MAX_WBITS)
    return _File(data, dataset, path)


def _pixels(dataset: FileDataset) -> bytes:
    pixels = np.frombuffer(dataset.PixelData, ">u2" if dataset.original_encoding[1] is False else "<u2")
    return pixels.astype("<u2").tobytes()


def _moment(file: _File, where: Where) -> datetime | None:
    """Return the moment that a date and a time beside it say."""
    date, time = (file.text((tag,)) for tag in where)
    return _parsed(date + time[:6]) if len(time) >= len("HHMMSS") else None


def _parsed(text: str) -> datetime | None:
    """Read YYYYMMDD or YYYYMMDDHHMMSS, whatever follows."""
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S" if len(text) > len("YYYYMMDD") else "%Y%m%d")
    except ValueError:
        return None


def _complaints(path: Path) -> set[str]:
    """Return what dciodvfy calls errors in a file, without the values that it quotes."""
    if pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID.is_deflated:
        return set()  # it reads no deflated files
    program = shutil.which("dciodvfy")
    if program is None:
        raise FileNotFoundError("dciodvfy is not installed: apt-get install dicom3tools")
    said = subprocess.run([program, "-new", str(path)], capture_output=True, check=False)
    lines = said.stderr.decode("utf-8", "replace").splitlines()
    return {re.sub(r"<[^<>]*>", "<>", line) for line in lines if line.startswith("Error")}
