# SPDX-License-Identifier: Apache-2.0
"""ValuesWork: the value inventory, made in a thread; knows neither slicer nor qt."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from SlicerDeidWidgets.places import asPath
from SlicerDeidWidgets.request import RunRequest

if TYPE_CHECKING:
    from SlicerDeidLib import Inventory

_KEY_BYTES = 32  # the inventory lists no value that the project's secret has a part in, so any will do


class Stopped(Exception):
    """The user asked to stop."""


class ValuesWork:
    """One inventory.

    Attributes
    ----------
    done, total : int
        Files that were found, or images that were read, of how many; 0 while that is not known.
    isStopped : bool
        Whether it shall end at the next file.
    """

    def __init__(self, request: RunRequest, isOutput: bool) -> None:
        self._request, self._isOutput = request, isOutput
        self.done = self.total = 0
        self.isStopped = False

    def list(self) -> Inventory:
        """List what stays of the input, without the decisions about single values, or what the output holds.

        Raises
        ------
        Stopped
            If the user asked for it.
        DeidError
            If folder, list or policy cannot be used.
        """
        from SlicerDeidLib import discover, inventory, plan

        request = self._request
        index = discover(asPath(request.outputPath if self._isOutput else request.inputPath), self._found)
        if self._isOutput:
            return inventory(index, progress=self._read)
        planned = plan(index, request.policyChosen(), request.mapChosen(), key=secrets.token_bytes(_KEY_BYTES))
        return inventory(planned, progress=self._read)

    def _found(self, count: int) -> None:
        self._read(count, 0)

    def _read(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self.isStopped:
            raise Stopped
