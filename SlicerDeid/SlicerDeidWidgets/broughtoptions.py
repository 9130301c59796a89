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
        self._shown: dict[str, object] = {each.name: each.default for each in fields(RunRequest)}  # what was seen last
        self._own: dict[str, object] = {}  # what the user had before; empty: nothing is to be decided
        self._cause = _OPENED  # what happened to the scene since; before there was a panel it may have been opened
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
        if scene.IsImporting() or scene.IsClosing() or scene.IsRestoring():
            return  # half of them may still come
        self._node = node
        options = {name: getattr(node, name) for name in type(node).__annotations__}
        if self._cause:
            self._own = self._own or {name: self._shown[name] for name in options}
            self._why, self._cause = self._cause, ""
        self._shown = options
        self._show()

    def close(self) -> None:
        """Follow the scene no more."""
        self.removeObservers()

    def _onStartClose(self, _caller: object, _event: str) -> None:
        self._cause = self._cause or _CLOSED

    def _onStartImport(self, _caller: object, _event: str) -> None:
        self._cause = _OPENED

    def _onStartRestore(self, _caller: object, _event: str) -> None:
        self._cause = _RESTORED

    def _onEnd(self, _caller: object, _event: str) -> None:
        self._onChange()

    def _changes(self) -> list[str]:
        """Return the names of the options that are others than the user had."""
        return [name for name, value in self._own.items() if self._shown[name] != value]

    def _show(self) -> None:
        """Say which options are others, and what they were."""
        changes = self._changes()
        self._ui.broughtFrame.visible = bool(changes)
        if not changes:
            self._own = {}
            return
        said = _("{control}: '{now}' (was '{before}')")
        words = (
            said.format(
                control=controls()[_option(name)],
                now=self._wordOf(name, self._shown[name]),
                before=self._wordOf(name, self._own[name]),
            )
            for name in changes
        )
        sentence = _("The scene that was opened brought other options: {changes}.")
        if self._why == _RESTORED:
            sentence = _("The scene view that was restored brought other options: {changes}.")
        if self._why == _CLOSED:
            sentence = _("With the scene that was closed went its options: {changes}.")
        showText(self._ui.broughtLabel, sentence.format(changes="; ".join(words)))

    def _keep(self) -> None:
        self._own = {}
        self._show()
        self._onChange()

    def _goBack(self) -> None:
        """Put the options back that the user had."""
        own, self._own = self._own, {}
        for name, value in own.items():
            setattr(self._node, name, value)
        self._onChange()


def _option(name: str) -> str:
    """Return the command line's option of a parameter."""
    return _OPTIONS.get(name) or "--" + re.sub("[A-Z]", lambda letter: f"-{letter.group().lower()}", name)
