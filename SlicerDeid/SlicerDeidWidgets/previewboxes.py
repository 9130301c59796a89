# SPDX-License-Identifier: Apache-2.0
"""PreviewBoxes: boxes that the user draws over text in a preview, kept as regions in the private folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import qt
import slicer
import vtk
from slicer.i18n import tr as _

from SlicerDeidWidgets.background import reasonOf
from SlicerDeidWidgets.boxplaces import Cuboid, cuboidOf, newPlace, placeOf
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
    """

    def __init__(
        self,
        ui: object,
        nodes: PreviewNodes,
        layout: PreviewLayout,
        requestOf: Callable[[], RunRequest],
        onKept: Callable[[], None],
    ) -> None:
        self._ui, self._nodes, self._layout, self._requestOf, self._onKept = ui, nodes, layout, requestOf, onKept
        self._shown: _Shown | None = None
        self._drawn: dict[str, DrawnBox] = {}  # by role: as it was put there
        self._fresh: set[str] = set()  # roles of those that were not moved yet
        self._isSite = False
        self._kept: tuple[DrawnBox, ...] = ()
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
        self._isSite = bool(boxes) and all(box.is_site for box in boxes)
        for box in boxes:
            self._add(box)
        self._tag = slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.NodeRemovedEvent, self._moved)
        self._offer(self._summary())

    def close(self) -> None:
        """Keep what was moved last, and take all boxes away."""
        if self._still.active:
            self._still.stop()
            self._keep()
        if self._tag is not None:
            slicer.mrmlScene.RemoveObserver(self._tag)
        self._clear()
        self._shown, self._tag, self._kept = None, None, ()
        self._offer("")

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

        place = newPlace(self._layout.middle("Before"), self._shown.lattice, self._shown.shape)
        self._fresh.add(self._add(DrawnBox(place, is_site=self._isSite)))
        self._offer(_("Drag the yellow box and its handles over the text: what it holds is filled then."))

    def reset(self) -> None:
        """Take all boxes back."""
        self._clear()
        self._offer(self._summary())
        self._follow()

    def _add(self, box: DrawnBox) -> str:
        """Put a box into the scene; returns its role."""
        self._count += 1
        role = f"box {self._count}"
        cuboid = cuboidOf(box, self._shown.lattice)
        node = self._nodes.addBox(role, cuboid.center, cuboid.axes, cuboid.size, self._layout.sliceIds("Before"))
        self._drawn[role] = box
        for event in (vtk.vtkCommand.ModifiedEvent, slicer.vtkMRMLMarkupsNode.PointModifiedEvent):
            node.AddObserver(event, self._moved)
        return role

    def _clear(self) -> None:
        drawn, self._drawn, self._fresh = self._drawn, {}, set()
        for role in drawn:
            self._nodes.removeBox(role)

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
        """Write the boxes where others than before are drawn; returns whether they are."""
        for role in [role for role in self._drawn if not self._nodes.isThere(role)]:
            self._nodes.removeBox(role)  # the user deleted it
            del self._drawn[role]
        boxes = self._boxes()
        if boxes == self._kept:
            return False
        shown = self._shown
        try:
            _write(shown, shown.images.rules(_rulesOf(shown.file), boxes))
        except _failures() as error:
            self._offer(_("The boxes are not kept: {reason}").format(reason=panelWords(reasonOf(error))))
            return False
        self._kept = boxes
        self._offer(self._summary())
        return True

    def _boxes(self) -> tuple[DrawnBox, ...]:
        """Return what is drawn, without what was not moved yet or lies beside the images."""
        found = []
        for role, box in self._drawn.items():
            place = placeOf(Cuboid(*self._nodes.boxOf(role)), self._shown.lattice, self._shown.shape)
            isFresh = role in self._fresh and place == replace(box, is_site=False)
            if place is None or isFresh:
                continue
            self._fresh.discard(role)
            found.append(replace(place, slices=None, is_site=True) if box.is_site else place)
        return tuple(found)

    def _summary(self) -> str:
        """Say how many boxes are kept, and for what."""
        if not self._kept:
            return _("Text that was not found: draw a box over it.")
        count = sum(box.is_site for box in self._kept)
        sentences = [
            _("Boxes that are filled in this series alone: {count}.").format(count=len(self._kept) - count),
            _("Boxes that are filled in all images of this device and size: {count}.").format(count=count),
        ]
        return " ".join(sentences[: 1 + bool(count)] if count < len(self._kept) else sentences[1:])

    def _offer(self, sentence: str) -> None:
        """Say something, and offer what can be done."""
        ui, isOpen = self._ui, self._shown is not None
        ui.drawBoxButton.enabled = isOpen
        ui.resetBoxesButton.enabled = bool(self._drawn)
        ui.siteBoxesCheck.enabled = isOpen and bool(self._shown.images.devices)
        wasBlocked = ui.siteBoxesCheck.blockSignals(True)
        ui.siteBoxesCheck.checked = isOpen and self._isSite
        ui.siteBoxesCheck.blockSignals(wasBlocked)
        showText(ui.boxesLabel, sentence)


def _rulesOf(path: Path | None) -> tuple[RegionRule, ...]:
    """Return what the file of drawn boxes holds; nothing where there is none."""
    from SlicerDeidLib import read_region_rules

    return read_region_rules(path) if path is not None and os.path.lexists(path) else ()


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
