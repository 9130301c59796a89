# SPDX-License-Identifier: Apache-2.0
"""PreviewView: the panel's preview, which shows a series before and after in Slicer's views and follows the options."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets import messages, previewnodes
from SlicerDeidWidgets.fulltext import showText
from SlicerDeidWidgets.headertable import HeaderTable
from SlicerDeidWidgets.previewboxes import PreviewBoxes
from SlicerDeidWidgets.previewlayout import PreviewLayout
from SlicerDeidWidgets.previewnodes import PreviewNodes
from SlicerDeidWidgets.previewwishes import FinishedWish, SeriesWish, loadFor, loadTextFor
from SlicerDeidWidgets.previewwork import Look, PreviewWork
from SlicerDeidWidgets.request import RunRequest
from SlicerDeidWidgets.savedialogwatch import SaveDialogWatch
from SlicerDeidWidgets.sceneviewwatch import SceneViewWatch
from SlicerDeidWidgets.tablerow import Row

if TYPE_CHECKING:
    from SlicerDeidLib import HeldSeries

_SETTLED_MS = 100  # ms without a further change of an option, before the preview follows
_NEEDED = ("input", "map", "key", "airValue", "policyFile", "rules", "regions", "mapColumns")  # for a preview
_MASKS = {"outline": (True, 1.0), "overlay": (False, 0.4), "hidden": (False, 0.0)}  # outline or not, opacity


class PreviewView:
    """Shows one series at a time.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    requestOf : callable
        Returns what the panel asks for now.
    isWriting : callable
        Says whether a run is going on.
    """

    def __init__(self, ui: object, requestOf: Callable[[], RunRequest], isWriting: Callable[[], bool]) -> None:
        self._ui, self._requestOf, self._isWriting = ui, requestOf, isWriting
        self._headers = HeaderTable(ui.headerTable)
        self._nodes, self._layout = PreviewNodes(), PreviewLayout(self._showNext, self._leaveViews)
        self._boxes = PreviewBoxes(ui, self._nodes, self._layout, requestOf, self.follow, self._late)
        self._work = PreviewWork(
            lambda look: self._show(partial(self._onLook, look)),
            lambda reason, isRefusal: self._show(partial(self._onEnd, reason, isRefusal)),
        )
        self._waiting: list[Callable[[], None]] = []  # what came while the views were still made
        self._saving = SaveDialogWatch(self._leavePicture)
        self._views = SceneViewWatch(self._ids, lambda: self._layout.usersLayout, self._leaveScene)
        self._row: Row | None = None
        self._finished: FinishedWish | None = None
        self._folders: tuple[str, ...] = ()  # of what is shown
        self._names: tuple[str, ...] = ()
        self._saying, self._isLeft = "", False
        self._asked: object = None
        self._settling = qt.QTimer()
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLED_MS)
        self._settling.connect("timeout()", self._onSettled)
        for value, text in _maskChoices().items():
            ui.maskCombo.addItem(text, value)
        for value, text in _windowChoices().items():
            ui.windowCombo.addItem(text, value)
        ui.maskCombo.connect("currentIndexChanged(int)", self._showMask)
        ui.windowCombo.connect("currentIndexChanged(int)", self._showWindow)
        ui.headerFilterEdit.connect("textChanged(QString)", self._filterHeaders)
        ui.keptCheck.connect("toggled(bool)", self._filterHeaders)
        ui.closePreviewButton.connect("clicked(bool)", self.close)

    @property
    def isOpen(self) -> bool:
        """Whether a series is shown, or about to be."""
        return self._row is not None or self._finished is not None

    @property
    def isBusy(self) -> bool:
        """Whether something is still to come."""
        return self._work.isBusy or self._settling.active or bool(self._waiting) or self._boxes.isBusy

    def unkept(self) -> str:
        """Keep boxes that are drawn; return why some would not be filled by what is started now, or an empty text."""
        return self._boxes.unkept()

    def prepare(self) -> None:
        """Get ready for a first preview in a thread, while the user reads the plan."""
        request = self._requestOf()
        self._work.prepare(partial(loadFor, request), partial(loadTextFor, request))

    def open(self, row: Row) -> None:
        """Show a series of the table."""
        self._clear()
        self._headers.show((), "", False)
        self._row, self._finished = row, None
        self._folders, self._names = _folders(self._requestOf()), _names(self._requestOf())
        self._ui.previewSection.collapsed = False
        self._ui.closePreviewButton.enabled = True
        self._say(_("Reading the images..."))
        self._ask()
        self._layout.prepare()
        self._watch()

    def openFinished(self, series: HeldSeries, file: str = "", saying: str = "") -> None:
        """Show a finished series beside its original, at the slice of a file.

        Parameters
        ----------
        saying : str
            What is said of it.
        """
        wish = FinishedWish(self._requestOf(), series, file)
        if self._finished is None or self._finished.key != wish.key:
            self._clear()
            self._say(_("Reading the images..."))
            self._layout.prepare()
        self._row, self._finished, self._saying = None, wish, saying
        self._folders = _folders(self._requestOf())
        self._ui.previewSection.collapsed = False
        self._ui.closePreviewButton.enabled = True
        self._work.ask(wish)
        self._watch()

    def follow(self) -> None:
        """Show the same series with other options, once they settle; close it for other folders, list or key."""
        if self.isOpen and _folders(self._requestOf()) != self._folders:
            self.close()
            self._say(_("The preview was closed: it showed a series of other folders, of another list or key."))
        elif self._row is not None:
            self._settling.start()

    def exit(self) -> None:
        """Take everything out of the scene, the originals above all, while another module is open."""
        self._isLeft = True
        self._clear()

    def enter(self) -> None:
        """Show again what was shown when the module was left."""
        if self._isLeft and self.isOpen:
            self._say(_("Reading the images..."))
            self._layout.prepare()
            if self._finished is not None:
                self._work.ask(self._finished)
            self._ask()
            self._watch()
        self._isLeft = False

    def close(self) -> None:
        """Take everything away."""
        self._clear()
        self._row = self._finished = None
        self._headers.show((), "", False)
        self._ui.closePreviewButton.enabled = False
        self._say(_("Select a series in the table and press Preview."))

    def end(self) -> None:
        """Close for good."""
        self.close()
        self._work.close()

    def _onSettled(self) -> None:
        """Follow the options; a series whose patient may be called otherwise now is opened anew."""
        if self._row is not None and not _isWrong(self._requestOf()) and _names(self._requestOf()) != self._names:
            self.open(self._row)
        else:
            self._ask()

    def _ask(self) -> None:
        """Ask for looks, unless they would be those that are shown, or an option is wrong."""
        request = self._requestOf()
        asked = request.meant()
        if self._row is not None and not _isWrong(request) and asked != self._asked:
            if self._asked:
                self._say(_("Being made again with these settings..."))
            self._asked = asked
            self._work.ask(SeriesWish(request, self._row.folder, self._row.original, self._row.number))

    def _leavePicture(self) -> None:
        """Leave the views before Slicer puts a picture of them into what is saved."""
        self.close()
        self._say(_("The preview was closed: Slicer puts a picture of its views into what it saves."))

    def _leaveScene(self) -> None:
        """Leave the scene before it becomes another."""
        self.close()
        self._say(_("The preview was closed: a scene view was restored."))

    def _leaveViews(self) -> None:
        """Leave the views to the preview of another panel."""
        self.close()
        self._say(_("The preview was closed: another panel shows one."))

    def _ids(self) -> set[str]:
        """Return the IDs of all nodes that are in the scene for the preview."""
        return self._nodes.ids() | self._layout.ids()

    def _watch(self) -> None:
        """Look after what may put the preview into the user's files."""
        self._saving.watch()
        self._views.watch()

    def _clear(self) -> None:
        self._asked = None
        self._boxes.close()
        self._saving.close()
        self._views.close()
        self._settling.stop()
        self._work.stop()
        self._waiting = []
        self._layout.restore()
        self._nodes.remove()

    def _show(self, step: Callable[[], None]) -> None:
        """Show what came, after the views and what came before."""
        if self._layout.isReady and not self._waiting:
            step()
        else:
            self._waiting.append(step)

    def _showNext(self) -> None:
        """Show what waited for the views, one after the other: Slicer stays usable between."""
        if self._waiting:
            self._waiting.pop(0)()
            qt.QTimer.singleShot(0, self._showNext)

    def _onLook(self, look: Look) -> None:
        """Show one look."""
        preview, matrix = look.preview, look.lattice.ijkToRas
        if look.isNew:
            self._boxes.close()  # first: a box whose node is gone was deleted
            self._nodes.remove()  # of the same series put together otherwise
            self._layout.show()
            if look.before is not None:
                self._nodes.showVolume("before", look.before, matrix, self._window(look))
            self._ui.windowCombo.enabled = preview.before.unit == "HU"
        if look.after is not None:
            self._nodes.showVolume("after", look.after, matrix, self._window(look))
        if look.mask is not None:
            self._nodes.showMask(look.mask, matrix)
        roles = ("before", "after", "mask")
        self._layout.fill(*map(self._nodes.get, roles), place=look.place, isFitted=look.isNew)
        self._showMask()
        self._showHeads(look)
        if look.isNew:
            self._boxes.open(look.images, look.lattice, (len(look.lattice.slices), *preview.before.shape[1:]))
        if preview.headers:
            self._headers.show(preview.headers, self._ui.headerFilterEdit.text, self._ui.keptCheck.checked)
        boxes = len(preview.boxes) if look.isTextRead or preview.boxes else None
        if self._finished is None:
            sentence = messages.previewSentence(preview.step, preview.is_last, look.seconds, boxes)
            self._say(" ".join([sentence, *self._tabled(preview.is_last)]))
        else:
            self._say(messages.finishedSentence(self._finished.series.place, look.hasOriginal, self._saying))

    def _late(self) -> str:
        """Say what boxes that are drawn now come too late for."""
        if self._isWriting():
            return _("The run that is going on does not fill what is drawn now: press Apply again when it has ended.")
        if self._row is not None and self._row.status in ("held", "released"):
            return _(
                "What was made of this series before does not change by that: Apply makes anew what waits of it, and "
                "'Do again with' (Review) what was accepted, or made with settings of its own."
            )
        return ""

    def _tabled(self, isLast: bool) -> list[str]:
        """Return what the table says against a result: what a run refuses cannot always be seen in a preview."""
        if not isLast or self._row is None or self._row.status not in ("refused", "left out"):
            return []
        sentence = _(
            "But the table says that nothing of it is released: {reason}. Show the plan again for other settings."
        )
        return [sentence.format(reason=self._row.why)]

    def _showHeads(self, look: Look) -> None:
        """Show the heads' surfaces; until there is a result, nothing stands below."""
        isFirst = not any(map(self._nodes.get, ("head before", "head after")))
        for role, row, head in (("head before", "Before", look.headBefore), ("head after", "After", look.headAfter)):
            if head is not None:
                self._nodes.showHead(role, head, self._layout.headNode(row))
        shown = [role for role in ("head before", "head after") if self._nodes.get(role) is not None]
        if isFirst and shown:
            self._layout.lookAt(*self._nodes.sphere(shown[0]))

    def _window(self, look: Look) -> tuple[float, float]:
        """Return the window and level that the pictures are shown with."""
        if look.preview.before.unit == "HU":
            return previewnodes.WINDOWS[self._ui.windowCombo.itemData(self._ui.windowCombo.currentIndex)]
        low, high = (float(np.percentile(look.after if look.before is None else look.before, p)) for p in (1, 99))
        return max(high - low, 1.0), (high + low) / 2

    def _showMask(self) -> None:
        self._layout.showMask(*_MASKS[self._ui.maskCombo.itemData(self._ui.maskCombo.currentIndex)])

    def _showWindow(self) -> None:
        self._nodes.setWindow(previewnodes.WINDOWS[self._ui.windowCombo.itemData(self._ui.windowCombo.currentIndex)])

    def _filterHeaders(self) -> None:
        self._headers.filter(self._ui.headerFilterEdit.text, self._ui.keptCheck.checked)

    def _onEnd(self, reason: str, isRefusal: bool) -> None:
        if reason and self._finished is not None:
            self._say(messages.panelWords(reason))
        elif reason:
            refused = _("With these settings this series is refused: {reason}")
            failed = _("The preview ended: {reason} A run will say more of this series, or refuse it.")
            self._say((refused if isRefusal else failed).format(reason=messages.panelWords(reason)))

    def _say(self, sentence: str) -> None:
        showText(self._ui.previewLabel, sentence)


def _folders(request: RunRequest) -> tuple[str, ...]:
    """Return by what a series is found, and its pseudonyms are made."""
    return request.inputPath, request.mapPath, request.outputPath, request.privatePath, request.keyPath


def _names(request: RunRequest) -> tuple[str, ...]:
    """Return what says who a series is of and who that becomes, beside the folders."""
    return request.match, request.mapColumns, request.release


def _isWrong(request: RunRequest) -> bool:
    """Say whether an option that a preview needs is wrong."""
    return any(each.field in _NEEDED for each in request.problems())


def _maskChoices() -> dict[str, str]:
    return {"outline": _("Outline"), "overlay": _("Overlay"), "hidden": _("Hidden")}


def _windowChoices() -> dict[str, str]:
    return {"soft": _("Soft tissue"), "brain": _("Brain"), "bone": _("Bone"), "air": _("Air and skin")}
