# SPDX-License-Identifier: Apache-2.0
"""The last look: a bundle as it would be handed on is searched for what is known of the patients of its scene.

What modules write into a scene has no list. So every text of the scene file, every name of a file, and the text in
every file beside it is read: text files by lines, headers of images, words between data in others, bundles in the
bundle. Not read are compressed data.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from slicer.i18n import tr as _

from SlicerDeidWidgets.scenetrace import BUNDLE, Trace

_PIECE = re.compile(r'<(?P<tag>\w+)|(?P<name>[\w:.-]+)="(?P<value>[^"]*)"')
_NUMBER = r"[-+]?\d+\.\d*(?:[eE][-+]?\d+)?|[-+]?\d{1,3}"  # measured values and short numbers: they stand anywhere
_NUMBERS = re.compile(rf"(?<![^\s,;:|\[\]]){_NUMBER}(?![^\s,;:|\[\]])".replace(_NUMBER, f"(?:{_NUMBER})"))
_DATA = re.compile(r"[A-Za-z0-9+/=]{200,}")  # base64, as vtk writes numbers into text
_PRINTED = rb"[\x20-\x7e\t]"
_WORDS = re.compile(rb"(?:(?<=[\n\0])|\A)" + _PRINTED + rb"{3,}(?=[\n\0])|" + _PRINTED + rb"{16,}")
"""Words between data: a line, or what is too long to be data: 16 given bytes are printable by a chance of 10^-7."""

_HEADER_BYTES = 1 << 16  # of an image: more than Slicer writes
_PIECE_BYTES = 1 << 24  # that are held at once
_OVERLAP_BYTES = 1 << 12  # longer than a line that names somebody
_IMAGES = (".nrrd", ".nhdr", ".seq.nrrd")
_BUNDLES = (".mrb", ".zip")
_SLICES = frozenset({"Red", "Green", "Yellow"})  # what Slicer calls its views, whatever a patient is called
_LAYOUT = frozenset({"singletonTag", "layoutName"})


def leftIn(
    bundle: Path, known: Iterable[tuple[str, str]], folders: Iterable[str], allowed: Iterable[str]
) -> list[Trace]:
    """List what is known of a patient or user and stands in a bundle, each place once.

    Parameters
    ----------
    known : iterable of (str, str)
        What is known of the patients, as ``FreeText`` takes it.
    folders : iterable of str
        Folders of the user, which the bundle must not name.
    allowed : iterable of str
        Texts that the user let stay.
    """
    from SlicerDeidLib import FreeText

    words = FreeText(known)
    paths = {_slashed(folder) for folder in folders} - {"", "/"}
    stay = sorted(filter(None, allowed), key=len, reverse=True)
    found: dict[tuple[str, str], Trace] = {}
    for where, text in _texts(bundle):
        for spelling in dict.fromkeys((text, unquote(text))):
            said = spelling
            for one in stay:
                said = said.replace(one, " ")
            said = _NUMBERS.sub("_", _DATA.sub(" ", said))
            if words.tells(said) or any(path in _slashed(said) for path in paths):
                found.setdefault((where, text), Trace(BUNDLE, where, text, text, _stays, _stays))
    return list(found.values())


def _stays() -> bool:
    return False


def _slashed(path: str) -> str:
    return path.replace("\\", "/").lower().rstrip("/")


def _texts(bundle: Path) -> Iterator[tuple[str, str]]:
    """Yield every text in a bundle, and where it stands, in words that name nobody."""
    with zipfile.ZipFile(bundle) as archive:
        yield from _entries(archive)


def _entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    for entry in archive.infolist():
        kind = "".join(Path(entry.filename).suffixes[-2:]).lower()
        kind = kind if re.fullmatch(r"(?:\.[a-z0-9]{1,6}){1,2}", kind) else Path(entry.filename).suffix.lower()
        yield _("Name of a file ({kind})").format(kind=kind), entry.filename
        if entry.filename.lower().endswith(_BUNDLES):
            with zipfile.ZipFile(io.BytesIO(archive.read(entry))) as inner:
                yield from _entries(inner)
        elif kind.endswith(".mrml"):
            yield from _sceneFile(archive.read(entry).decode("utf-8", "replace"))
        elif entry.filename.lower().endswith(_IMAGES):
            with archive.open(entry) as stream:
                header = stream.read(_HEADER_BYTES).split(b"\n\n", 1)[0]
            yield from _lines(kind, header)
        else:
            with archive.open(entry) as stream:
                yield from _contents(kind, stream)


def _sceneFile(xml: str) -> Iterator[tuple[str, str]]:
    """Yield the values of a scene file, by the node and the attribute they stand in; then what else is written."""
    tag = ""
    for piece in _PIECE.finditer(xml):
        tag = piece["tag"] or tag
        name, value = piece["name"], piece["value"]
        if value and not (name in _LAYOUT and value in _SLICES):
            yield f"{tag}: {name}", unescape(value)
    yield _("Scene file"), unescape(_PIECE.sub(" ", xml))


def _lines(kind: str, data: bytes) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        yield _("File ({kind}), line {n}").format(kind=kind, n=number), line


def _contents(kind: str, stream: io.BufferedIOBase) -> Iterator[tuple[str, str]]:
    """Yield the lines of a text, or the words that stand between data."""
    data = stream.read(_PIECE_BYTES)
    if len(data) < _PIECE_BYTES and _isText(data):
        yield from _lines(kind, data)
        return
    while data:
        for words in _WORDS.finditer(data):
            yield _("File ({kind})").format(kind=kind), words[0].decode("ascii")
        more = stream.read(_PIECE_BYTES)
        data = data[-_OVERLAP_BYTES:] + more if more else b""


def _isText(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in data
