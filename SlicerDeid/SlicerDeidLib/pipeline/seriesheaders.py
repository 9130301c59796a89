# SPDX-License-Identifier: Apache-2.0
"""The headers of a series: de-identified one by one, and what the images have in common only as often as it must be."""

from __future__ import annotations

from collections import Counter

from SlicerDeidLib.errors import DeidError, SeriesRefused
from SlicerDeidLib.formats.dicom.alike import PIXEL_GROUP, Alike, Spelling, joined, spelling_of
from SlicerDeidLib.formats.dicom.encode import remove_hidden
from SlicerDeidLib.formats.dicom.file import DicomFile, read, write
from SlicerDeidLib.formats.dicom.layout import LAYOUT_TAGS, PixelLayout, layout_of
from SlicerDeidLib.formats.dicom.syntax import PIXEL_DATA, syntax_of
from SlicerDeidLib.formats.dicom.write import Chunk
from SlicerDeidLib.headers.alike import AlikeHeaders, bound_together
from SlicerDeidLib.headers.engine import HeaderContext, deidentify, leaks
from SlicerDeidLib.headers.stamp import Marks, stamp
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.record import Change

_MOST_LESSONS = 32  # files that are worked on twice to learn from them; what differs more than that is not learnt
_PIXEL_DESCRIPTION, _OVERLAYS = 0x0028, 0x60  # the group, and the first byte of those, by which pixels are understood


def finish_header(file: DicomFile, context: HeaderContext, marks: Marks) -> Counter[Change]:
    """De-identify one header in place, stamp it, and look again.

    Raises
    ------
    SeriesRefused
        If an identifier of the patient is left, or a document cannot be searched for one.
    """
    remove_hidden(file)
    changes = deidentify(file.meta, file.dataset, context)
    stamp(file.dataset, marks)
    found = leaks(file.meta, file.dataset, context)
    if found:
        raise SeriesRefused(f"an identifier of the patient was left at {found[0]} and could not be removed safely")
    return changes


class SeriesHeaders:
    """De-identifies files of one series whose pixels stay.

    The first files are worked on as a whole. What they show to be the same in all is then neither parsed nor decided
    again, but passed over byte for byte; a file that differs there is worked on as a whole too.

    Parameters
    ----------
    marks : Marks
        What was done; nothing to the pixels.
    """

    def __init__(self, context: HeaderContext, marks: Marks) -> None:
        self._context = context
        self._marks = marks
        self._lessons = 0
        self._last: Spelling | None = None
        self._varying: dict[int, str] = {}
        self._shortcut: _Shortcut | None = None
        self._changes: Counter[Change] = Counter()

    def finish(self, data: bytes) -> list[Chunk]:
        """De-identify the header of a file and encode it, ready for ``writelines``.

        Raises
        ------
        SeriesRefused
            If an identifier of the patient is left.
        DeidError
            If the file cannot be read, or its pixels cannot be cleaned of what lies hidden in them.
        """
        if self._shortcut is not None and (chunks := self._shortcut.finish(data)) is not None:
            return chunks
        file = read(data)
        changes = finish_header(file, self._context, self._marks)
        chunks = write(file)
        self._changes.update(changes)
        if self._lessons < _MOST_LESSONS:
            self._lessons += 1
            self._learn(data, file, changes, chunks)
        return chunks

    def changes(self) -> Counter[Change]:
        """Return what was done to all files."""
        self._forget()
        return self._changes

    def _forget(self) -> None:
        """Give up the shortcut, and count what was done by it."""
        if self._shortcut is not None:
            self._changes.update(self._shortcut.changes())
        self._shortcut = None

    def _learn(self, data: bytes, done: DicomFile, changes: Counter[Change], chunks: list[Chunk]) -> None:
        """Compare a file with the one before, and try whether what is then known gives the same file again."""
        original = read(data)
        last, self._last = self._last, spelling_of(data, original)
        if last is None or self._last is None or not self._last.is_like(last):
            return
        for tag, vr in self._last.differing(last).items():
            self._varying[tag] = vr if self._varying.get(tag, vr) == vr else ""
        self._forget()
        shortcut = _shortcut_of(self._last, self._varying, original, done, self._context)
        if shortcut is not None and shortcut.is_right(data, changes, chunks):
            self._shortcut = shortcut


class _Shortcut:
    """The way of files that differ from one that is done in few elements.

    Parameters
    ----------
    described : Elements
        What all of them say of their pixels, as read.
    layout : PixelLayout or None
        Of uncompressed Pixel Data, where all say the same.
    runs : Elements
        What all of them hold when they are done, encoded.
    """

    def __init__(
        self, alike: Alike, headers: AlikeHeaders, described: Elements, layout: PixelLayout | None, runs: Elements
    ) -> None:
        self._alike = alike
        self._headers = headers
        self._described = described
        self._layout = layout
        self._runs = runs
        self._own: Counter[Change] = Counter()
        self._shared: Counter[Change] = Counter()
        self._files = 0

    def is_right(self, data: bytes, changes: Counter[Change], chunks: list[Chunk]) -> bool:
        """Say whether a file that is done becomes the same this way; learn what was done to what all files share."""
        mine = self.finish(data)
        if mine is None or b"".join(mine) != b"".join(chunks):
            return False
        self._shared = changes.copy()
        self._shared.subtract(self._own)
        self._own, self._files = Counter(), 0
        return all(count >= 0 for count in self._shared.values())

    def finish(self, data: bytes) -> list[Chunk] | None:
        """De-identify and encode a file; None where it must go the whole way, also to say what is wrong with it."""
        try:
            file = self._alike.rest(data)
            if file is None or not self._is_clean(file):
                return None
            changes = self._headers.deidentify(file.meta, file.dataset)
            if changes is None:
                return None
            file.dataset |= self._runs
            chunks = write(file)
        except DeidError:
            return None
        self._own.update(changes)
        self._files += 1
        return chunks

    def changes(self) -> Counter[Change]:
        """Return what was done to all files that went this way."""
        found = Counter({change: count * self._files for change, count in self._shared.items() if count})
        found.update(self._own)
        return found

    def _is_clean(self, file: DicomFile) -> bool:
        """Remove what lies hidden in the pixels; say whether the file is still encoded as it was."""
        if self._layout is not None and PIXEL_DATA in file.dataset:
            remove_hidden(file, self._layout)
            return True
        syntax = file.transfer_syntax_uid
        file.dataset |= self._described
        remove_hidden(file)
        for tag in self._described:
            file.dataset.pop(tag, None)
        return file.transfer_syntax_uid == syntax


def _shortcut_of(
    spelling: Spelling, varying: dict[int, str], original: DicomFile, done: DicomFile, context: HeaderContext
) -> _Shortcut | None:
    """Return the shortcut that a file shows for others that differ in ``varying``; None where there is none."""
    pixels = {tag: element.vr for tag, element in original.dataset.items() if tag >= PIXEL_GROUP}
    bound = bound_together(original.dataset, done.dataset, varying | pixels, context)
    if bound is None or min(spelling.header) >= min(bound, default=PIXEL_GROUP):
        return None
    headers = AlikeHeaders(original.meta, original.dataset, done.dataset, bound, context)
    described = {
        tag: element
        for tag, element in headers.shared.items()
        if tag >> 16 == _PIXEL_DESCRIPTION or tag >> 24 == _OVERLAYS
    }
    is_plain = PIXEL_DATA in original.dataset and not syntax_of(original.transfer_syntax_uid).is_encapsulated
    layout = layout_of(original) if is_plain and LAYOUT_TAGS.isdisjoint(bound) else None
    runs = joined(headers.kept, bound, original)
    return _Shortcut(Alike(spelling, bound), headers, described, layout, runs)
