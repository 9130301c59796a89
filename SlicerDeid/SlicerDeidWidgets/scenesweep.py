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

import slicer
from slicer.i18n import tr as _

from SlicerDeidWidgets.scenetrace import Trace, staying

_PIECE = re.compile(r'<(?P<tag>\w+)|(?P<name>[\w:.-]+) ?= ?"(?P<value>[^"]*)"')
_TAGS = re.compile(r"</\w+>|<\?xml\b|\?>|/?>")  # what is left of them: kinds of nodes, such as Selection
_NUMBER = r"[-+]?\d+\.\d*(?:[eE][-+]?\d+)?|[-+]?\d{1,3}"  # measured values and short numbers: they stand anywhere
_NUMBERS = re.compile(rf"(?<![^\s,;:|\[\]])(?:{_NUMBER})(?![^\s,;:|\[\]])")
_DATA = re.compile(r"[A-Za-z0-9+/=]{200,}")  # base64, as vtk writes numbers into text
_PRINTED = rb"[\x20-\x7e\t]"
_WORDS = re.compile(rb"(?:(?<=[\n\0])|\A)" + _PRINTED + rb"{3,}(?=[\n\0])|" + _PRINTED + rb"{16,}")
"""Words between data: a line, or what is too long to be data: 16 given bytes are printable by a chance of 10^-7."""

_PIECE_BYTES = 1 << 24  # that are held at once
_END_OF_HEADER = b"\n\n"  # of an image
_IMAGES = (".nrrd", ".nhdr", ".seq.nrrd")
_BUNDLES = (".mrb", ".zip")
_FIELD = re.compile(r"(?:type|endian|encoding|space|kinds): .*|Segment\d+_\w+:=")
"""What the NRRD format and Slicer write into the header of an image, whatever is in it."""

_SLICES = frozenset({"Red", "Green", "Yellow"})  # what Slicer calls its views, whatever a patient is called
_LAYOUT = frozenset({"singletonTag", "layoutName"})


Value = tuple[str, str, str]
"""Of a scene file: the node's tag, the attribute, what stands in it."""


def usualValues(scene: object) -> frozenset[Value]:
    """Return what the nodes of a scene say when they are new, such as the color white: it is of nobody called White."""
    fresh = slicer.vtkMRMLScene()
    nodes = map(scene.GetNthNode, range(scene.GetNumberOfNodes()))
    for node in {node.GetClassName(): node for node in nodes}.values():
        fresh.AddNode(node.NewInstance())
    fresh.SetSaveToXMLString(1)
    fresh.Commit()
    return frozenset(_valuesOf(fresh.GetSceneXMLString()))


def leftIn(
    bundle: Path,
    known: Iterable[tuple[str, str]],
    folders: Iterable[str],
    allowed: Iterable[str],
    usual: frozenset[Value] = frozenset(),
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
    usual : frozenset of (str, str, str)
        What ``usualValues`` returned.
    """
    from SlicerDeidLib import FreeText

    words = FreeText(known)
    paths = sorted({_slashed(folder) for folder in folders} - {""})
    named = re.compile("|".join(rf"(?<!\w){re.escape(path)}(?!\w)" for path in paths) or "(?!)")

    def isTelling(text: str) -> bool:
        return words.tells_as_written(text) or named.search(_slashed(text)) is not None

    stay = sorted((one for one in allowed if words.tells(one) or isTelling(one)), key=len, reverse=True)
    found: dict[tuple[str, str], Trace] = {}
    for where, text in _texts(bundle, usual):
        for said in words.spellings(text):
            for one in stay:
                said = said.replace(one, " ")
            if words.tells_wrapped(said) or isTelling(_NUMBERS.sub("x", _DATA.sub(" ", said))):
                found.setdefault((where, text), staying(where, text))
    return list(found.values())


def _slashed(path: str) -> str:
    return path.replace("\\", "/").lower().rstrip("/")


def _texts(bundle: Path, usual: frozenset[Value]) -> Iterator[tuple[str, str]]:
    """Yield every text in a bundle, and where it stands, in words that name nobody."""
    with zipfile.ZipFile(bundle) as archive:
        yield from _entries(archive, usual)


def _entries(archive: zipfile.ZipFile, usual: frozenset[Value]) -> Iterator[tuple[str, str]]:
    for entry in archive.infolist():
        kind = "".join(Path(entry.filename).suffixes[-2:]).lower()
        kind = kind if re.fullmatch(r"(?:\.[a-z0-9]{1,6}){1,2}", kind) else Path(entry.filename).suffix.lower()
        yield _("Name of a file ({kind})").format(kind=kind), entry.filename
        if entry.filename.lower().endswith(_BUNDLES) and zipfile.is_zipfile(inside := io.BytesIO(archive.read(entry))):
            with zipfile.ZipFile(inside) as inner:
                yield from _entries(inner, usual)
        elif kind.endswith(".mrml"):
            yield from _sceneFile(archive.read(entry).decode("utf-8", "replace"), usual)
        elif entry.filename.lower().endswith(_IMAGES):
            with archive.open(entry) as stream:
                header = stream.read(_PIECE_BYTES).split(_END_OF_HEADER, 1)[0]
            lines = _contents(kind, io.BytesIO(header))
            yield from ((where, _FIELD.sub("", line)) for where, line in lines)
        else:
            with archive.open(entry) as stream:
                yield from _contents(kind, stream)


def _sceneFile(xml: str, usual: frozenset[Value]) -> Iterator[tuple[str, str]]:
    """Yield the values of a scene file, by the node and the attribute they stand in; then what else is written."""
    for tag, name, value in _valuesOf(xml):
        if (tag, name, value) not in usual and not (name in _LAYOUT and value in _SLICES):
            yield f"{tag}: {name}", value
    yield _("Scene file"), unescape(_TAGS.sub(" ", _PIECE.sub(" ", xml)))


def _valuesOf(xml: str) -> Iterator[Value]:
    tag = ""
    for piece in _PIECE.finditer(xml):
        tag = piece["tag"] or tag
        if piece["value"]:
            yield tag, piece["name"], unescape(piece["value"])


def _contents(kind: str, stream: io.BufferedIOBase) -> Iterator[tuple[str, str]]:
    """Yield the lines of a text, or the words that stand between data."""
    where, number, rest = _("File ({kind})").format(kind=kind), 0, b""
    while piece := stream.read(_PIECE_BYTES):
        data = rest + piece
        end = data.rfind(b"\n") + 1 if len(piece) == _PIECE_BYTES else 0
        data, rest = (data[:end], data[end:]) if end else (data, b"")
        if _isText(data):
            for line in data.decode("utf-8").splitlines():
                number += 1
                yield _("File ({kind}), line {n}").format(kind=kind, n=number), line
        else:
            yield from ((where, words[0].decode("ascii")) for words in _WORDS.finditer(data))


def _isText(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in data
