# SPDX-License-Identifier: Apache-2.0
"""SceneView: makes the open scene ready to be shared, shows first what that changes, and can take it back.

The scene itself is changed, as users of Slicer expect of a tool for the scene; what was changed is remembered until the
scene is closed. A bundle is written without the picture of the views that Slicer's own dialog puts into it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from SlicerDeidWidgets import scenetraces
from SlicerDeidWidgets.places import asPath
from SlicerDeidWidgets.scenetraces import Trace

_WIDTHS_PX = (200, 150)  # the last column takes the rest
_INDENT_PX = 14
_SHOWN_CHARACTERS = 200
_SUFFIX = ".mrb"


class SceneView:
    """The panel's page for the scene.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    canRun : callable
        Says whether the library can be used.
    ownNames : frozenset of str
        Names of nodes that this module makes.
    """

    def __init__(self, ui: object, canRun: Callable[[], bool], ownNames: frozenset[str]) -> None:
        self._ui, self._canRun, self._ownNames = ui, canRun, ownNames
        self._found: list[tuple[object, Trace]] = []
        self._removed: list[Trace] = []
        self._left: set[tuple[str, str, str]] = set()
        tree = ui.sceneTree
        tree.setIndentation(_INDENT_PX)
        tree.setHeaderLabels([_("What tells of a person"), _("Now"), _("Then")])
        for column, width in enumerate(_WIDTHS_PX):
            tree.setColumnWidth(column, width)
        ui.sceneLookButton.connect("clicked(bool)", self.look)
        ui.sceneCleanButton.connect("clicked(bool)", self.clean)
        ui.sceneUndoButton.connect("clicked(bool)", self.undo)
        ui.sceneSaveButton.connect("clicked(bool)", self.save)
        ui.scenePath.connect("currentPathChanged(QString)", self._showState)
        self.forget()

    def look(self) -> None:
        """List what the scene tells."""
        if not self._canRun():
            self._say(_("Needed Python packages are not installed; see Log."))
            return
        self._fill(self._traces())
        self._say(self._countSentence() + " " + _volumesSentence(slicer.mrmlScene))

    def clean(self) -> None:
        """Take out what is ticked."""
        ticked = [trace for item, trace in self._found if item.checkState(0) == qt.Qt.Checked]
        self._left = {_mark(trace) for _item, trace in self._found if trace not in ticked}
        for trace in ticked:
            trace.remove()
        self._removed += ticked
        self._fill([])
        sentence = _("{count} changed, {left} left as they are.").format(count=len(ticked), left=len(self._left))
        self._say(sentence + " " + _volumesSentence(slicer.mrmlScene))

    def undo(self) -> None:
        """Put back what was taken out."""
        count = len(self._removed)
        while self._removed:
            self._removed.pop().restore()
        self._fill([])
        self._say(_("{count} put back as they were.").format(count=count))

    def save(self) -> None:
        """Write the scene as a bundle, without a picture of the views."""
        path = Path(asPath(self._ui.scenePath.currentPath))
        if path.suffix.lower() != _SUFFIX:
            path = path.with_name(path.name + _SUFFIX)
        if path.exists():
            self._say(_("There is a file of this name already; choose another."))
        elif any(_mark(trace) not in self._left for trace in self._traces()):
            self._say(_("The scene has changed and tells more than before: press Look again."))
        elif slicer.mrmlScene.WriteToMRB(str(path)):
            self._say(_("Saved as {name}, without a picture of the views.").format(name=path.name))
        else:
            if path.exists():
                path.unlink()
            self._say(_("The scene could not be saved; is the folder there, and can it be written to?"))

    def forget(self) -> None:
        """Show nothing: the scene is another."""
        self._removed, self._left = [], set()
        self._fill([])
        self._say(_("See first what the scene tells of patients, places and folders besides its images."))

    def _traces(self) -> list[Trace]:
        return scenetraces.tracesOf(slicer.mrmlScene, self._ownNames)

    def _fill(self, traces: list[Trace]) -> None:
        """Show what was found, grouped, all ticked."""
        tree = self._ui.sceneTree
        tree.clear()
        self._found = []
        groups: dict[str, object] = {}
        for trace in traces:
            group = groups.get(trace.kind)
            if group is None:
                group = groups[trace.kind] = qt.QTreeWidgetItem(tree)
                group.setExpanded(True)
            item = qt.QTreeWidgetItem(group)
            for column, text in enumerate((trace.where, trace.before, trace.after or _("(removed)"))):
                item.setText(column, text[:_SHOWN_CHARACTERS])
                item.setToolTip(column, text)
            item.setCheckState(0, qt.Qt.Checked)
            self._found.append((item, trace))
        for kind, group in groups.items():
            group.setText(0, f"{_kinds()[kind]} ({group.childCount()})")
            group.setFirstColumnSpanned(True)
        self._showState()

    def _countSentence(self) -> str:
        """Return how much was found."""
        if not self._found:
            return _("Nothing was found.")
        counts = dict.fromkeys(_kinds(), 0)
        for _item, trace in self._found:
            counts[trace.kind] += 1
        said = ", ".join(f"{_kinds()[kind]} {count}" for kind, count in counts.items() if count)
        return _("Found: {said}. Untick what shall stay.").format(said=said)

    def _showState(self) -> None:
        """Offer what can be done now."""
        self._ui.sceneCleanButton.enabled = bool(self._found)
        self._ui.sceneUndoButton.enabled = bool(self._removed)
        self._ui.sceneSaveButton.enabled = bool(self._removed) and bool(self._ui.scenePath.currentPath.strip())

    def _say(self, sentence: str) -> None:
        self._ui.sceneLabel.text = sentence


def _mark(trace: Trace) -> tuple[str, str, str]:
    """Return what tells one finding from another."""
    return trace.kind, trace.where, trace.before


def _volumesSentence(scene: object) -> str:
    """Return what is not looked at: what the images show."""
    count = scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode")
    if not count:
        return ""
    sentence = _("Volumes ({count}) stay as they are: heads may be recognisable, and text in them is not looked for.")
    return sentence.format(count=count)


def _kinds() -> dict[str, str]:
    return {
        scenetraces.PATIENTS: _("Patients and studies"),
        scenetraces.ATTRIBUTES: _("Attributes"),
        scenetraces.FILES: _("Paths of files"),
        scenetraces.NAMES: _("Names"),
        scenetraces.TEXTS: _("Texts and parameters"),
        scenetraces.VIEWS: _("Stored views"),
    }
