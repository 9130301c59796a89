# SPDX-License-Identifier: Apache-2.0
"""Which parts of an image are filled whole: by a site's rules, the image's own regions, or the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.layout import layout_of
from SlicerDeidLib.formats.dicom.regions import attribute_text, declared_regions
from SlicerDeidLib.model.regions import Rectangle, RegionRule
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.text.regions import boxes_to_fill


@dataclass(frozen=True, slots=True)
class Regions:
    """What is known of the parts of one image.

    Attributes
    ----------
    boxes : tuple of TextBox
        What is filled, on every frame.
    is_known : bool
        Whether anything says where the picture lies; otherwise only what is read can be filled.
    """

    boxes: tuple[TextBox, ...]
    is_known: bool


def regions_of(
    file: DicomFile, rules: Sequence[RegionRule], library: Callable[[], Sequence[RegionRule]], *, is_declared: bool
) -> Regions:
    """Say which parts of an image are filled.

    A site's rule that keeps something, or fills all, decides; else the regions that the image declares stay; else the
    first rule of the library that fits. What a site's rules fill is filled in any case.

    Parameters
    ----------
    is_declared : bool
        Whether images of this kind declare their regions, as ultrasound does.
    """
    values = partial(attribute_text, file)
    fitting = [rule for rule in rules if rule.condition.holds(values)]
    fill = tuple(rectangle for rule in fitting for rectangle in rule.fill)
    keep: tuple[Rectangle, ...] | None = None
    if any(rule.keep or rule.keeps_declared or rule.is_whole for rule in fitting):
        keep = tuple(rectangle for rule in fitting for rectangle in rule.keep)
        keep += declared_regions(file) if any(rule.keeps_declared for rule in fitting) else ()
    elif is_declared:
        keep = declared_regions(file) or next((r.keep for r in library() if r.condition.holds(values)), None)
    if not fill and keep is None:
        return Regions((), is_known=False)
    layout = layout_of(file)
    boxes = boxes_to_fill((layout.rows, layout.columns), layout.frames, fill, keep)
    return Regions(boxes, is_known=keep is not None)
