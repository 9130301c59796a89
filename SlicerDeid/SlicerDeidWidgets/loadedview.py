# SPDX-License-Identifier: Apache-2.0
"""LoadedView: defaces a volume that is loaded in the scene; a new volume and the mask are added, nothing is changed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future

import slicer
from slicer.i18n import tr as _

from SlicerDeidWidgets import volumes
from SlicerDeidWidgets.background import Background, reasonOf
from SlicerDeidWidgets.fulltext import showText
from SlicerDeidWidgets.messages import panelWords
from SlicerDeidWidgets.optionwords import choices
from SlicerDeidWidgets.volumes import VolumeProblem

_METHODS = ("auto", "surface+face", "face", "surface", "skullstrip")
_PEELING = ("auto", "surface+face", "surface")  # methods that a depth belongs to


class LoadedView:
    """The panel's page for a loaded volume.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    canRun : callable
        Says whether the library can be used.
    closePreview : callable
        Called before the result is put into Slicer's views, which a preview may be using.
    """

    def __init__(self, ui: object, canRun: Callable[[], bool], closePreview: Callable[[], None]) -> None:
        self._ui, self._canRun, self._closePreview = ui, canRun, closePreview
        self._thread = Background("loaded volume", onTick=self._showTime)
        self._node: object | None = None
        self._startedAt = 0.0
        for combo, known in {
            ui.loadedKindCombo: _kinds(),
            ui.loadedDefaceCombo: {value: choices()[value] for value in _METHODS},
        }.items():
            for value, text in known.items():
                combo.addItem(text, value)
        ui.loadedVolumeCombo.setMRMLScene(slicer.mrmlScene)
        ui.loadedVolumeCombo.connect("currentNodeChanged(vtkMRMLNode*)", self._check)
        ui.loadedDefaceCombo.connect("currentIndexChanged(int)", self._check)
        ui.loadedAirEdit.connect("textChanged(QString)", self._check)
        ui.loadedDefaceButton.connect("clicked(bool)", self.deface)
        self._check()

    @property
    def isBusy(self) -> bool:
        """Whether a volume is being defaced."""
        return self._thread.isBusy

    def deface(self) -> None:
        """Begin to deface the chosen volume; returns at once."""
        if not self._canRun():
            self._say(_("Needed Python packages are not installed; see Log."))
            return
        node = self._ui.loadedVolumeCombo.currentNode()
        try:
            loaded = volumes.loadedFrom(node, _chosen(self._ui.loadedKindCombo))
        except VolumeProblem as problem:
            self._say(str(problem))
            return
        self._node, self._startedAt = node, time.monotonic()
        method, depth = _chosen(self._ui.loadedDefaceCombo), self._ui.loadedDepthSpin.value
        airValue = self._airValue()
        self._thread.start(lambda: volumes.deface(loaded, method, depth, airValue), self._onDone)
        self._ui.loadedDefaceButton.enabled = False
        self._showTime()

    def forget(self) -> None:
        """Wait no longer: the scene is closed."""
        self._thread.forget()
        self._node = None
        self._check()

    def close(self) -> None:
        """Stop for good."""
        self._thread.close()

    def _onDone(self, future: Future) -> None:
        """Add the result to the scene and show it, or say why there is none."""
        node, self._node = self._node, None
        error = future.exception()
        self._check()
        if isinstance(error, VolumeProblem):
            self._say(str(error))
        elif error is not None:
            self._say(_("Not defaced: {reason}").format(reason=panelWords(reasonOf(error))))
        elif slicer.mrmlScene.GetNodeByID(node.GetID() or "") is not node:
            self._say(_("The volume was removed meanwhile; nothing was added."))
        else:
            self._closePreview()
            result, mask = volumes.addDefaced(node, future.result())
            slicer.util.setSliceViewerLayers(background=result, fit=False)
            self._sayDone(result, mask, future.result().mask is None)

    def _sayDone(self, result: object, mask: object, isUntouched: bool) -> None:
        seconds = f"{time.monotonic() - self._startedAt:.1f}"
        if isUntouched:
            sentence = _("No face can be in view, so no voxel was changed ({seconds} s).")
            self._say(sentence.format(seconds=seconds))
            return
        sentence = _("Done in {seconds} s: '{volume}' and '{mask}' were added. Look at the head before you share it.")
        self._say(sentence.format(seconds=seconds, volume=result.GetName(), mask=mask.GetName()))

    def _airValue(self) -> float | None:
        """Return the air value; None: air.

        Raises
        ------
        ValueError
            If it is no number.
        """
        text = self._ui.loadedAirEdit.text.strip()
        if text and not math.isfinite(float(text)):
            raise ValueError
        return float(text) if text else None

    def _check(self) -> None:
        """Offer the button when everything is chosen; say what is not."""
        self._ui.loadedDepthSpin.enabled = _chosen(self._ui.loadedDefaceCombo) in _PEELING
        problem = ""
        if self._ui.loadedVolumeCombo.currentNode() is None:
            problem = _("Choose a volume that is loaded.")
        else:
            try:
                self._airValue()
            except ValueError:
                problem = _("The air value must be a number, or empty for air.")
        self._ui.loadedDefaceButton.enabled = not problem and not self.isBusy
        if not self.isBusy:
            self._say(problem or _("Ready. The volume itself stays as it is."))

    def _showTime(self) -> None:
        self._say(_("Defacing... {seconds} s").format(seconds=int(time.monotonic() - self._startedAt)))

    def _say(self, sentence: str) -> None:
        showText(self._ui.loadedLabel, sentence)


def _chosen(combo: object) -> str:
    return combo.itemData(combo.currentIndex)


def _kinds() -> dict[str, str]:
    return {"": _("As the volume says, or its values"), "CT": _("CT"), "MR": _("MR")}
