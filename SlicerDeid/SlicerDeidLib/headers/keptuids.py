# SPDX-License-Identifier: Apache-2.0
"""Kept UIDs: where UIDs stay as they are, those of images whose pixels became others do not (PS3.3 C.12.1.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from SlicerDeidLib.headers.act import Place, keep_plain, keep_text
from SlicerDeidLib.model.element import Element

if TYPE_CHECKING:
    from SlicerDeidLib.headers.step import Step


@dataclass(slots=True)
class KeptUids:
    """The UIDs that a series keeps, told by the mapped ones, which name no original.

    Attributes
    ----------
    renewed : set of str
        SOP Instance UIDs of images that were given other pixels: they are mapped wherever they stand.
    stayed : set of str
        Those that stayed as they were, in what was de-identified so far.
    followed : set of str
        Those of ``renewed`` that were met in it.
    """

    renewed: set[str] = field(default_factory=set, repr=False)
    stayed: set[str] = field(default_factory=set, repr=False)
    followed: set[str] = field(default_factory=set, repr=False)


def keep_uid(step: Step, element: Element, place: Place) -> bool:
    """Keep a UID without a number of the patient, for now: it goes later when it is one that the file maps."""
    run, text = place.run, element.text()
    if run.kept is not None:
        ones = [one.strip(" \0") for one in text.split("\\")]
        mapped = {one: run.pseudonyms.uid(one) for one in ones if one}
        renewed = {one for one, new in mapped.items() if new in run.kept.renewed}
        run.kept.stayed.update(new for one, new in mapped.items() if one not in renewed)
        run.kept.followed.update(mapped[one] for one in renewed)
        if renewed:
            run.uids.update(one.encode("ascii", "replace") for one in renewed)
            text = "\\".join(one for one in ones if one not in renewed)
            new = "\\".join(mapped[one] if one in renewed else one for one in ones)
            element.replace(new.encode("ascii", "replace"))
            run.changes.append(step.change("mapped"))
    run.own_numbers.refuse(text, step.tag)
    return keep_plain(step, element, place) or keep_text(step, element, place)
