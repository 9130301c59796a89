# SPDX-License-Identifier: Apache-2.0
"""BroughtOptions: options that a scene brought, or took away when it was closed, are said and must be agreed to.

The options of a run are kept in the scene, so that of somebody else turns off defacing or text without anybody's doing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields

import slicer
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from SlicerDeidWidgets.fulltext import showText
from SlicerDeidWidgets.optionwords import controls
from SlicerDeidWidgets.request import RunRequest

_OPENED, _CLOSED, _RESTORED = "opened", "closed", "restored"
_left: dict[str, object] = {}  # what was agreed to when a panel was closed: one that is reloaded asks nothing anew
_OPTIONS = {"options": "--option", "keepImageType": "--keep-imagetype"}  # that are not called as the command line's


class BroughtOptions(VTKObservationMixin):
    """Compares the options that the panel showed with those that it shows after the scene was opened or closed.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    wordOf : callable
        Returns how the panel shows a value: gets the parameter's name and the value.
    onChange : callable
        Called when the scene was opened, and when the user decided.
    """

    def __init__(self, ui: object, wordOf: Callable[[str, object], str], onChange: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._ui, self._wordOf, self._onChange = ui, wordOf, onChange
        self._node: object | None = None
        self._shown = _usual()  # what was seen last
        self._mine = _usual()  # what the user chose; what a scene brought is no part of it, though it was kept
        self._agreed = _usual()  # what the user chose or kept; what the options are held against
        self._isAsked = self._isGoingBack = False
        self._isIdle = True
        self._cause = _OPENED  # what happened to the scene since; before there was a panel it may have been opened
        self._isFirst = True
        self._why = ""
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self._onStartClose)
        self.addObserver(scene, scene.StartImportEvent, self._onStartImport)
        self.addObserver(scene, scene.EndImportEvent, self._onEnd)
        self.addObserver(scene, scene.StartRestoreEvent, self._onStartRestore)
        self.addObserver(scene, scene.EndRestoreEvent, self._onEnd)
        ui.broughtKeepButton.connect("clicked(bool)", self._keep)
        ui.broughtBackButton.connect("clicked(bool)", self._goBack)
        self._show()

    @property
    def isUndecided(self) -> bool:
        """Whether the user must still say whether the other options are meant."""
        return bool(self._changes())

    def follow(self, node: object) -> None:
        """Take notice of the options that are shown; of others than before, if the scene brought them."""
        scene = slicer.mrmlScene
        if scene.IsImporting() or scene.IsClosing() or scene.IsRestoring() or self._isGoingBack:
            return  # half of them may still come
        self._node = node
        options = {name: getattr(node, name) for name in type(node).__annotations__}
        isFirst, self._isFirst = self._isFirst, False
        if self._cause and not (isFirst and options == _left):
            self._why, self._cause, self._isAsked = self._cause, "", True
        else:
            self._cause = ""
            chosen = {name: value for name, value in options.items() if value != self._shown[name]}
            self._mine.update(chosen)
            self._agreed.update(chosen)
        self._shown = options
        self._show()

    def setIdle(self, isIdle: bool) -> None:
        """Let things be decided, or not while a run goes: it uses the options that it was started with."""
        if isIdle != self._isIdle:
            self._isIdle = isIdle
            self._show()

    def close(self) -> None:
        """Follow the scene no more."""
        self.removeObservers()
        _left.clear()
        _left.update({} if self.isUndecided else self._shown)

    def _onStartClose(self, _caller: object, _event: str) -> None:
        self._cause = self._cause or _CLOSED
        self._agreed = dict(self._mine)  # it takes its own away, and what was kept of it counts for no other scene

    def _onStartImport(self, _caller: object, _event: str) -> None:
        self._cause = _OPENED

    def _onStartRestore(self, _caller: object, _event: str) -> None:
        self._cause = _RESTORED

    def _onEnd(self, _caller: object, _event: str) -> None:
        self._onChange()

    def _changes(self) -> list[str]:
        """Return the names of the options that are others than the user had."""
        return [name for name, value in self._shown.items() if self._isAsked and self._agreed[name] != value]

    def _show(self) -> None:
        """Say which options are others, and what they were."""
        changes = self._changes()
        self._ui.broughtFrame.visible = bool(changes)
        if not changes:
            self._settle()
            return
        said = _("{control}: '{now}' (was '{before}')")
        words = (
            said.format(
                control=controls()[_option(name)],
                now=self._wordOf(name, self._shown[name]),
                before=self._wordOf(name, self._agreed[name]),
            )
            for name in changes
        )
        for button in (self._ui.broughtKeepButton, self._ui.broughtBackButton):
            button.enabled = self._isIdle
        later = "" if self._isIdle else _("What goes on uses the options from before; decide when it is done.")
        whole = self._sentence().format(changes="; ".join(words))
        showText(self._ui.broughtLabel, " ".join(filter(None, [whole, later])))

    def _sentence(self) -> str:
        if self._why == _RESTORED:
            return _("The scene view that was restored brought other options: {changes}.")
        if self._why == _CLOSED:
            return _("With the scene that was closed went its options: {changes}.")
        usual = _usual()
        if all(usual[name] == value for name, value in self._shown.items()):  # it may have had none
            return _("With the scene that was opened came the usual options: {changes}.")
        return _("The scene that was opened brought other options: {changes}.")

    def _settle(self) -> None:
        """Take the options that are shown for agreed to."""
        if self._isAsked:
            self._isAsked = False
            self._agreed.update(self._shown)
            if self._why == _CLOSED:
                self._mine.update(self._shown)

    def _keep(self) -> None:
        self._settle()
        self._show()
        self._onChange()

    def _goBack(self) -> None:
        """Put the options back that the user had."""
        self._isGoingBack = True  # half of them would look as if they had been chosen
        for name in self._shown:
            setattr(self._node, name, self._agreed[name])
        self._shown = {name: self._agreed[name] for name in self._shown}
        self._isGoingBack = False
        self._show()
        self._onChange()


def _usual() -> dict[str, object]:
    """Return the options of a new request."""
    return {each.name: each.default for each in fields(RunRequest)}


def _option(name: str) -> str:
    """Return the command line's option of a parameter."""
    return _OPTIONS.get(name) or "--" + re.sub("[A-Z]", lambda letter: f"-{letter.group().lower()}", name)
