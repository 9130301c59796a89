# SPDX-License-Identifier: Apache-2.0
"""SceneView: makes the open scene ready to be shared, shows first what that changes, and can take it back.

The scene itself is changed, as users of Slicer expect of a tool for the scene; what was changed is remembered until the
scene is closed. A bundle is written without the picture of the views that Slicer's own dialog puts into it, and only
if what is known of the patients stands nowhere in it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import qt
import slicer
from slicer.i18n import tr as _

from SlicerDeidWidgets import scenestorage, scenesweep, scenetrace, scenetraces
from SlicerDeidWidgets.background import besideEvents, betweenEvents
from SlicerDeidWidgets.fulltext import legible, showText, tip
from SlicerDeidWidgets.places import asPath, isThere, liesIn
from SlicerDeidWidgets.scenetrace import Trace

_WIDTHS_PX = (200, 150)  # the last column takes the rest
_INDENT_PX = 14
_SHOWN_CHARACTERS, _SAID_CHARACTERS = 200, 400  # of a text in its column, and below the table
_SUFFIX = ".mrb"
_BESIDE = ".scene."  # begins the name of the folder in which a bundle waits until it was looked into


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
        self._left: dict[tuple[str, str, str], Trace] = {}
        self._known: frozenset[tuple[str, str]] = frozenset()
        self._folders: frozenset[str] = frozenset()
        self._isReady = False
        tree = ui.sceneTree
        tree.setIndentation(_INDENT_PX)
        tree.connect("itemSelectionChanged()", self._showChosen)
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
        self._remember()
        traces = self._traces()
        self._isReady = self._isReady or not any(map(_isTakenOut, traces))
        self._fill(traces)
        self._say(self._countSentence(), self._unnamedSentence(), _volumesSentence(slicer.mrmlScene))

    def clean(self) -> None:
        """Take out what is ticked."""
        self._remember()
        kept = self._unticked()
        ticked = [trace for _item, trace in self._found if _isTakenOut(trace) and trace not in kept]
        self._left = {_mark(trace): trace for trace in kept}
        changed = [trace for trace in ticked if trace.remove()]
        self._removed += changed
        missed = self._missed() if len(changed) < len(ticked) else 0
        self._isReady = not missed
        self._fill([])
        sentence = _("{count} values changed, {left} left as they are.").format(count=len(changed), left=len(kept))
        again = _("{count} were changed since you looked: press Look again.").format(count=missed) if missed else ""
        after = again or _("Name a bundle and press Save.")
        self._say(sentence, after, self._unnamedSentence(), _volumesSentence(slicer.mrmlScene))

    def _missed(self) -> int:
        """Return how much is still told: what was not found may be gone, such as a node that shows a sequence."""
        return sum(_isTakenOut(trace) and _mark(trace) not in self._left for trace in self._traces())

    def undo(self) -> None:
        """Put back what was taken out."""
        back = [trace.restore() for trace in reversed(self._removed)]
        self._removed, self._isReady = [], False
        self._fill([])
        sentence = _("{count} values put back as they were.").format(count=sum(back))
        lost = len(back) - sum(back)
        left = _("{count} were not found any more, or hold something else now, and were left.").format(count=lost)
        self._say(sentence, left if lost else "")

    def save(self) -> None:
        """Write the scene as a bundle, without a picture of the views, if nothing known stands in it."""
        path = Path(asPath(self._ui.scenePath.currentPath))
        if path.suffix.lower() != _SUFFIX:
            path = path.with_name(path.name + _SUFFIX)
        self._left |= {_mark(trace): trace for trace in self._unticked() if trace.kind == scenetrace.BUNDLE}
        self._remember()
        if not path.is_absolute():
            self._say(_("Name the bundle with its folder, by its whole path."))
        elif liesIn(
            path, *(line.currentPath for line in (self._ui.inputPath, self._ui.outputPath, self._ui.privatePath))
        ):
            self._say(_("This folder is one of the panel's, which holds nothing else; choose another."))
        elif isThere(path):
            self._say(_("There is a file of this name already; choose another."))
        elif any(_isTakenOut(trace) and _mark(trace) not in self._left for trace in self._traces()):
            self._isReady = False
            self._showState()
            self._say(_("The scene has changed and tells more than before: press Look again."))
        else:
            self._write(path)

    def _write(self, path: Path) -> None:
        """Write the bundle beside its place, look into it, and put it there if it tells nothing."""
        found: list[Trace] = []
        try:
            with TemporaryDirectory(prefix=_BESIDE, dir=path.parent) as folder:
                written = Path(folder) / path.name
                with scenestorage.kept(slicer.mrmlScene):
                    isWritten = slicer.mrmlScene.WriteToMRB(str(written))
                if isWritten:
                    found = self._toldIn(written)
                    if not found:
                        written.replace(path)
        except OSError:
            isWritten = False
        if not isWritten:
            sentence = _("The scene could not be saved; is the folder there, may it be written to, and is there room?")
            self._say(sentence)
            return
        self._fill(found)
        if found:
            self._say(_refusal(found))
        else:
            saved = _("Saved as {name}, without a picture of the views.").format(name=path.name)
            self._say(saved, self._unnamedSentence())

    def _toldIn(self, bundle: Path) -> list[Trace]:
        """Return what is known and stands in a bundle, but for what the user let stay."""
        allowed = [trace.before for trace in self._left.values()]
        usual = scenesweep.usualValues(slicer.mrmlScene)
        look = partial(scenesweep.leftIn, bundle, self._known, self._folders, allowed, usual)
        found = besideEvents(look, isHandled=False)
        return [trace for trace in found if _mark(trace) not in self._left]

    def forget(self) -> None:
        """Show nothing: the scene is another."""
        self._removed, self._left, self._isReady = [], {}, False
        self._known, self._folders = frozenset(), frozenset({str(Path.home())})
        self._fill([])
        self._say(_("See first what the scene tells of patients, places and folders besides its images."))

    def _remember(self) -> None:
        """Keep what the scene says of its patients and of folders: once it is made ready it says so no more."""
        self._known |= scenetraces.knownOf(slicer.mrmlScene)
        files = (trace.before for _item, trace in self._found if trace.kind == scenetrace.FILES)
        self._folders |= {str(Path(file).parent) for file in files if Path(file).is_absolute()}

    def _unticked(self) -> list[Trace]:
        return [trace for item, trace in self._found if item.checkState(0) != qt.Qt.Checked]

    def _traces(self) -> list[Trace]:
        with betweenEvents() as turn:
            return scenetraces.tracesOf(slicer.mrmlScene, self._ownNames, self._known, turn)

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
            for column, text in enumerate((trace.where, trace.before, _then(trace))):
                item.setText(column, legible(text[:_SHOWN_CHARACTERS]))
                item.setToolTip(column, tip(text))
                item.setData(column, qt.Qt.UserRole, text)
            item.setCheckState(0, qt.Qt.Checked)
            self._found.append((item, trace))
        for kind, group in groups.items():
            group.setText(0, f"{_kinds()[kind]} ({group.childCount()})")
            group.setFirstColumnSpanned(True)
        self._showChosen()
        self._showState()

    def _showChosen(self) -> None:
        """Say in full what the columns may cut off."""
        tree = self._ui.sceneTree
        item = tree.currentItem() if tree.selectedItems() else None
        said = ""
        if item is not None and not item.isFirstColumnSpanned():
            where, before, after = (item.data(column, qt.Qt.UserRole)[:_SAID_CHARACTERS] for column in range(3))
            said = _("{where}: now {before}; then {after}").format(where=where, before=before, after=after)
        hint = _("Select a line to read it in full.") if self._found else ""
        showText(self._ui.sceneDetailLabel, said, hint)

    def _countSentence(self) -> str:
        """Return how much was found."""
        if not self._found:
            return _("Nothing was found; the scene can be saved as a bundle.")
        counts = dict.fromkeys(_kinds(), 0)
        for _item, trace in self._found:
            counts[trace.kind] += 1
        said = ", ".join(f"{_kinds()[kind]} {count}" for kind, count in counts.items() if count)
        return _("Found: {said}. Untick what shall stay.").format(said=said)

    def _unnamedSentence(self) -> str:
        """Return what is not recognised in a scene that does not say what its patients are called."""
        if any(kind == "name" for kind, _value in self._known):
            return ""
        return _(
            "The scene does not say what its patient is called: a name in parameters of modules, hidden nodes,"
            " attributes of folders, names of colors or columns of plots is not recognised as one and stays."
        )

    def _showState(self) -> None:
        """Offer what can be done now."""
        self._ui.sceneCleanButton.enabled = any(_isTakenOut(trace) for _item, trace in self._found)
        self._ui.sceneUndoButton.enabled = bool(self._removed)
        self._ui.sceneSaveButton.enabled = self._isReady and bool(self._ui.scenePath.currentPath.strip())

    def _say(self, *sentences: str) -> None:
        showText(self._ui.sceneLabel, " ".join(filter(None, sentences)))


def _then(trace: Trace) -> str:
    if trace.kind == scenetrace.BUNDLE:
        return _("(stays)")
    return trace.after or _("(removed)")


def _isTakenOut(trace: Trace) -> bool:
    """Say whether something here can take it out."""
    return trace.kind != scenetrace.BUNDLE


def _mark(trace: Trace) -> tuple[str, str, str]:
    """Return what tells one finding from another."""
    return trace.kind, trace.where, trace.before


def _refusal(found: list[Trace]) -> str:
    """Return why a bundle is not saved, and where the first reason stands."""
    return _(
        "Not saved: what is known of the patient or a folder of yours stands in the bundle {count} times, first in"
        " '{where}'. Change it there and press Save again; untick what says nothing of a person."
    ).format(count=len(found), where=found[0].where)


def _volumesSentence(scene: object) -> str:
    """Return what is not looked at: what the images show."""
    count = scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode")
    if not count:
        return ""
    sentence = _("Volumes ({count}) stay as they are: heads may be recognisable, and text in them is not looked for.")
    return sentence.format(count=count)


def _kinds() -> dict[str, str]:
    return {
        scenetrace.PATIENTS: _("Patients and studies"),
        scenetrace.ATTRIBUTES: _("Attributes"),
        scenetrace.FILES: _("Paths of files"),
        scenetrace.NAMES: _("Names"),
        scenetrace.TEXTS: _("Texts and parameters"),
        scenetrace.VIEWS: _("Stored views"),
        scenetrace.BUNDLE: _("Left in the bundle"),
    }
