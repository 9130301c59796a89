# SPDX-License-Identifier: Apache-2.0
"""What the headers of released images say of what was done, by the truth table of the marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from SlicerDeidLib import __version__
from SlicerDeidLib.headers.stamp import Marks, marks_of
from SlicerDeidLib.model.policy import Disposition, Policy
from SlicerDeidLib.standard.tables import attribute_type

if TYPE_CHECKING:
    from SlicerDeidLib.pipeline.stacks import TreatedStacks
    from SlicerDeidLib.pipeline.voxels import Treated

_BURNED_IN = 0x00280301
RECOGNIZABLE = {"none": "YES", "surface": "YES", "face": None, "surface+face": "NO", "skullstrip": "NO"}
"""Recognizable Visual Features after each method's look-again; the face alone leaves ears and scalp: no claim."""
_REMOVED = {
    "surface": "head surface removed",
    "face": "face removed",
    "surface+face": "face and head surface removed",
    "skullstrip": "face, scalp and skull removed",
}


def marks_of_headers(policy: Policy) -> Marks:
    """Return what headers say of images whose pixels nobody looked at."""
    return _marks(policy, "YES")


def marks_of_objects(policy: Policy, disposition: Disposition) -> Marks:
    """Return what headers say of objects in which no text is read: whether they may show a head.

    Where the IOD of content that nobody looked at asks for Burned In Annotation, it is what can be said of it: YES.
    """
    marks = _marks(policy, "YES" if disposition.deface else None)
    is_asked = attribute_type(disposition.sop_class_uid, (), _BURNED_IN) == "1"
    return replace(marks, burned_in_annotation="YES") if disposition.is_unexamined and is_asked else marks


def marks_of_frames(policy: Policy, disposition: Disposition) -> tuple[Marks, Marks, Marks]:
    """Return what the headers of images say that are read frame by frame.

    Returns
    -------
    unread, plain, derived : Marks
        Where text was left as it is, where none was found, where it was masked.
    """
    recognizable = "NO" if disposition.faceless else "YES"
    return (
        _marks(policy, recognizable),
        _marks(policy, recognizable, is_text_examined=True),
        _marks(policy, recognizable, _derivation("none", "", is_redacted=True), is_text_examined=True),
    )


def marks_of_volume(policy: Policy, text: str, treated: Treated | TreatedStacks) -> tuple[Marks, Marks]:
    """Return what headers say of images that make volumes: that stay as they are, and that were changed."""
    method = "none" if treated.mask is None else treated.mask.method
    engine = "" if treated.mask is None else treated.mask.engine
    recognizable = "NO" if treated.is_face_excluded else RECOGNIZABLE[method]
    mark = partial(
        _marks,
        policy,
        recognizable,
        is_face_removed=recognizable == "NO" and not treated.is_face_excluded,
        is_text_examined=treated.is_text_examined or text == "drop",
    )
    is_redacted = bool(treated.boxes) and text not in ("drop", "report")
    return mark(), mark(_derivation(method, engine, is_redacted=is_redacted))


def marks_of_volumes(policy: Policy, text: str, parts: Sequence[Treated]) -> tuple[Marks, Marks]:
    """Return what headers say of the volumes of one series, as ``marks_of_volume``: what is true of them all."""
    boxes = tuple(box for part in parts for box in part.boxes)
    is_text_examined = all(part.is_text_examined for part in parts)
    return marks_of_volume(policy, text, replace(parts[0], boxes=boxes, is_text_examined=is_text_examined))


def said_otherwise(marks: Mapping[str, Marks], most: Marks) -> tuple[tuple[dict[str, str], tuple[str, ...]], ...]:
    """Return the marks of files, by their paths, that are not those said of their series, as a record has them."""
    files: defaultdict[Marks, list[str]] = defaultdict(list)
    for path, own in marks.items():
        files[own].append(path)
    return tuple((own.as_text(), tuple(paths)) for own, paths in files.items() if own != most)


def _marks(
    policy: Policy,
    recognizable: str | None,
    derivation: str = "",
    *,
    is_face_removed: bool = False,
    is_text_examined: bool = False,
) -> Marks:
    return marks_of(
        policy,
        software=f"SlicerDeid {__version__}",
        recognizable_visual_features=recognizable,
        is_face_removed=is_face_removed,
        is_text_examined=is_text_examined,
        derivation=derivation,
    )


def _derivation(method: str, engine: str, *, is_redacted: bool) -> str:
    """Say how pixels were changed, and by which engine, for Derivation Description."""
    by = f" (brain found by {engine})" if engine else ""
    steps = [_REMOVED[method] + by] if method in _REMOVED else []
    steps += ["burned-in text masked"] * is_redacted
    said = ", ".join(steps)
    return said[:1].upper() + said[1:]
