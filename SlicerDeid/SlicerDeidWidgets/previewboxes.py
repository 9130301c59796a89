# SPDX-License-Identifier: Apache-2.0
"""PreviewBoxes: boxes that the user draws over text in a preview, kept as regions in the private folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import qt
import slicer
import vtk
from slicer.i18n import tr as _

from SlicerDeidWidgets.background import reasonOf
from SlicerDeidWidgets.boxplaces import Cuboid, cuboidOf, newPlace, placeOf, seenAt
from SlicerDeidWidgets.fulltext import showText
from SlicerDeidWidgets.messages import panelWords
from SlicerDeidWidgets.places import asPath
from SlicerDeidWidgets.previewarrays import Lattice
from SlicerDeidWidgets.previewlayout import PreviewLayout
from SlicerDeidWidgets.previewnodes import PreviewNodes
from SlicerDeidWidgets.request import FILLING, RunRequest

if TYPE_CHECKING:
    from SlicerDeidLib import DrawnBox, ShownImages
    from SlicerDeidLib.model.regions import RegionRule

_STILL_MS = 400  # ms without a further move, before a box is kept and the preview follows


@dataclass(frozen=True)
class _Shown:
    """What boxes are drawn on, and where they are kept; what is asked for may change meanwhile."""

    images: ShownImages
    lattice: Lattice
    shape: tuple[int, int, int]
    output: str
    private: Path | None
    file: Path | None


class PreviewBoxes:
    """The boxes of the series that is shown.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    nodes : PreviewNodes
        Which hold them for as long as the preview is open.
    layout : PreviewLayout
        Whose views show them, over the original.
    requestOf : callable
        Returns what the panel asks for now.
    onKept : callable
        Called when other boxes are kept than before.
    lateOf : callable
        Returns what is said when boxes are kept that come too late for what is being made, or there already; or an
        empty text.
    """

    def __init__(
        self,
        ui: object,
        nodes: PreviewNodes,
        layout: PreviewLayout,
        requestOf: Callable[[], RunRequest],
        onKept: Callable[[], None],
        lateOf: Callable[[], str],
    ) -> None:
        self._ui, self._nodes, self._layout, self._requestOf = ui, nodes, layout, requestOf
        self._onKept, self._lateOf = onKept, lateOf
        self._shown: _Shown | None = None
        self._drawn: dict[str, DrawnBox] = {}  # by role: as it was put there
        self._seen: dict[str, tuple[Cuboid, float]] = {}  # as it was moved last, and where it was seen, as in placeOf
        self._fresh: set[str] = set()  # roles of those that were not moved yet
        self._isSite = False
        self._kept: tuple[DrawnBox, ...] = ()
        self._idle = 0  # boxes that fill nothing: not moved yet, or beside the images
        self._trouble = self._lost = ""  # why boxes are not kept; what is still to be said of a closed preview's
        self._file: Path | None = None  # where boxes were kept last
        self._count = 0
        self._tag: int | None = None
        self._still = qt.QTimer()
        self._still.setSingleShot(True)
        self._still.setInterval(_STILL_MS)
        self._still.connect("timeout()", self._follow)
        ui.drawBoxButton.connect("clicked(bool)", self.draw)
        ui.resetBoxesButton.connect("clicked(bool)", self.reset)
        ui.siteBoxesCheck.connect("toggled(bool)", self._takeSite)
        self._offer("")

    @property
    def isBusy(self) -> bool:
        """Whether a box was moved just now."""
        return self._still.active

    def open(self, images: ShownImages | None, lattice: Lattice, shape: tuple[int, int, int]) -> None:
        """Let boxes be drawn on a series, and show those that were; on a finished one (None) none can be."""
        self.close()
        if images is None:
            return
        request = self._requestOf()
        shown = _Shown(images, lattice, shape, request.outputPath, request.privateChosen(), request.drawnFile())
        try:
            boxes = images.boxes(_rulesOf(shown.file))
        except _failures() as error:
            self._offer(panelWords(reasonOf(error)))
            return
        self._shown, self._kept = shown, boxes
        self._file = shown.file if boxes else self._file
        self._isSite = bool(boxes) and all(box.is_site for box in boxes)
        for box in boxes:
            self._add(box)
        self._tag = slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.NodeRemovedEvent, self._moved)
        self._offer(self._summary())

    def close(self) -> None:
        """Keep what was moved last, and take all boxes away; of those that are not kept it is said."""
        if self._shown is not None:
            if self._still.active or self._trouble:
                self._still.stop()
                self._keep()
            reason = self._trouble or self._idleSentence()
            if reason:
                self._lost = _("In the preview that was closed: {reason}").format(reason=reason)
        if self._tag is not None:
            slicer.mrmlScene.RemoveObserver(self._tag)
        self._clear()
        self._shown, self._tag, self._kept, self._trouble = None, None, (), ""
        self._offer("")

    def unkept(self) -> str:
        """Keep the boxes as they are now; return why some that were drawn would not be filled; empty: all would.

        Of a preview that is closed, and of another private folder, it is told once: then it is meant.
        """
        if self._shown is not None:
            self._follow()
            if reason := self._trouble or self._idleSentence():
                return reason
        reason, self._lost = self._lost, ""
        request = self._requestOf()
        named = None, request.drawnFile(), Path(asPath(request.regionsPath))
        if not reason and self._file not in named and os.path.lexists(self._file):
            self._file = None
            reason = _(
                "Boxes were drawn for another output or private folder, and are not filled in this one. Draw them "
                "again, or name their file, regions.toml in that private folder, at 'Own regions' (Advanced)."
            )
        return " ".join([reason, _("Press the button again to go on without them.")]) if reason else ""

    def draw(self) -> None:
        """Put a box into the middle of the view; it counts once it was moved."""
        if self._shown.file is None:
            self._offer(_("Choose the output folder first: boxes are kept in its private folder."))
            return
        if self._requestOf().text not in FILLING:
            sentence = _("Choose a way with burned-in text that masks it: with this one nothing is filled.")
            self._offer(sentence)
            return
        from SlicerDeidLib import DrawnBox

        self._lost = ""
        plane = self._layout.plane("Before")
        place = newPlace(None if plane is None else plane[:3, 3], self._shown.lattice, self._shown.shape)
        box = DrawnBox(place, is_site=self._isSite)
        self._fresh.add(self._add(box, seenAt(cuboidOf(box, self._shown.lattice), self._shown.lattice, plane)))
        self._offer(_("Drag the yellow box and its handles over the text: what it holds is filled then."))

    def reset(self) -> None:
        """Take all boxes back."""
        self._clear()
        self._lost = ""
        self._offer(self._summary())
        self._follow()

    def _add(self, box: DrawnBox, seen: float = 0.0) -> str:
        """Put a box into the scene; returns its role. ``seen`` as in ``placeOf``."""
        self._count += 1
        role = f"box {self._count}"
        cuboid = cuboidOf(box, self._shown.lattice, seen)
        node = self._nodes.addBox(role, cuboid.center, cuboid.axes, cuboid.size, self._layout.sliceIds("Before"))
        self._drawn[role], self._seen[role] = box, (Cuboid(*self._nodes.boxOf(role)), seen)
        for event in (vtk.vtkCommand.ModifiedEvent, slicer.vtkMRMLMarkupsNode.PointModifiedEvent):
            node.AddObserver(event, partial(self._movedBox, role))
        return role

    def _clear(self) -> None:
        drawn, self._drawn, self._seen, self._fresh = self._drawn, {}, {}, set()
        for role in drawn:
            self._nodes.removeBox(role)

    def _movedBox(self, role: str, caller: object, event: str) -> None:
        """Remember where a box is seen while it is moved: there it is laid over the text."""
        if role in self._drawn and self._nodes.isThere(role):
            cuboid, before = Cuboid(*self._nodes.boxOf(role)), self._seen[role][0]
            if not (np.allclose(cuboid.center, before.center) and np.allclose(cuboid.size, before.size)):
                self._seen[role] = cuboid, seenAt(cuboid, self._shown.lattice, self._layout.plane("Before"))
        self._moved(caller, event)

    def _moved(self, _caller: object, _event: str) -> None:
        """Wait until nothing is moved any more."""
        self._still.start()

    def _takeSite(self, isSite: bool) -> None:
        """Let the boxes hold for all images of the device, or for this series alone."""
        if self._shown is not None and isSite != self._isSite:
            self._isSite = isSite
            self._drawn = {role: replace(box, is_site=isSite) for role, box in self._drawn.items()}
            self._follow()

    def _follow(self) -> None:
        """Keep the boxes as they are now, and say so."""
        self._still.stop()
        if self._shown is None:
            return
        if self._keep():
            self._onKept()

    def _keep(self) -> bool:
        """Write the boxes where others than before are drawn, or kept; returns whether they are."""
        for role in [role for role in self._drawn if not self._nodes.isThere(role)]:
            self._nodes.removeBox(role)  # the user deleted it
            del self._drawn[role]
        shown, late = self._shown, ""
        try:
            rules = _rulesOf(shown.file)
            for box in shown.images.boxes(rules):
                if box not in (*self._kept, *self._drawn.values()):  # another panel's: it would be lost
                    self._add(box)
            boxes = self._boxes()
            wanted = shown.images.rules(rules, boxes)
            if _bare(wanted) != _bare(rules):
                _write(shown, wanted)
                late = self._lateOf()
        except _failures() as error:
            self._trouble = _("The boxes are not kept: {reason}").format(reason=panelWords(reasonOf(error)))
            self._offer(self._trouble)
            return False
        isOther, self._kept, self._trouble = boxes != self._kept, boxes, ""
        self._file = shown.file if boxes else self._file
        self._offer(" ".join(filter(None, [self._summary(), late])))
        return isOther

    def _boxes(self) -> tuple[DrawnBox, ...]:
        """Return what is drawn, each once, without what was not moved yet or lies beside the images."""
        found, self._idle = [], 0
        for role, box in self._drawn.items():
            cuboid = Cuboid(*self._nodes.boxOf(role))
            place = placeOf(cuboid, self._shown.lattice, self._shown.shape, self._seen[role][1])
            isFresh = role in self._fresh and place == replace(box, is_site=False)
            if place is None or isFresh:
                self._idle += 1
                continue
            self._fresh.discard(role)
            found.append(replace(place, slices=None, is_site=True) if box.is_site else place)
        return self._shown.images.snapped(found)

    def _idleSentence(self) -> str:
        """Say how many boxes fill nothing; empty: all do."""
        self._boxes()
        sentence = _(
            "Boxes that are not filled, for they were not moved yet or lie beside the images: {count}. Drag them over "
            "the text, or delete them."
        )
        return sentence.format(count=self._idle) if self._idle else ""

    def _summary(self) -> str:
        """Say how many boxes are kept, and for what, and how many fill nothing."""
        idle = self._idleSentence()
        if not self._kept:
            return idle or _("Text that was not found: draw a box over it.")
        count = sum(box.is_site for box in self._kept)
        sentences = [
            _("Boxes that are filled in this series alone: {count}.").format(count=len(self._kept) - count),
            _("Boxes that are filled in all images of this device and size: {count}.").format(count=count),
        ]
        shown = sentences[: 1 + bool(count)] if count < len(self._kept) else sentences[1:]
        return " ".join(filter(None, [*shown, idle]))

    def _offer(self, sentence: str) -> None:
        """Say something, and offer what can be done."""
        ui, isOpen = self._ui, self._shown is not None
        ui.drawBoxButton.enabled = isOpen
        ui.resetBoxesButton.enabled = bool(self._drawn)
        ui.siteBoxesCheck.enabled = isOpen and bool(self._shown.images.devices)
        wasBlocked = ui.siteBoxesCheck.blockSignals(True)
        ui.siteBoxesCheck.checked = isOpen and self._isSite
        ui.siteBoxesCheck.blockSignals(wasBlocked)
        showText(ui.boxesLabel, " ".join(filter(None, [self._lost, sentence])))


def _rulesOf(path: Path | None) -> tuple[RegionRule, ...]:
    """Return what the file of drawn boxes holds; nothing where there is none."""
    from SlicerDeidLib import read_region_rules

    return read_region_rules(path) if path is not None and os.path.lexists(path) else ()


def _bare(rules: Iterable[RegionRule]) -> list[RegionRule]:
    """Return rules without where they stand, to compare them with others."""
    return sorted((replace(rule, source="") for rule in rules), key=repr)


def _write(shown: _Shown, rules: Iterable[RegionRule]) -> None:
    """Write the file of drawn boxes; without any there is none."""
    from SlicerDeidLib import check_journal, replace_region_rules

    check_journal(asPath(shown.output), shown.private)
    if rules:
        shown.private.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_region_rules(shown.file, rules)
    else:
        shown.file.unlink(missing_ok=True)


def _failures() -> tuple[type[Exception], ...]:
    from SlicerDeidLib import DeidError

    return DeidError, OSError
