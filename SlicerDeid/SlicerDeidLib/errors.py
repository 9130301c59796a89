# SPDX-License-Identifier: Apache-2.0
"""The tree of errors.

::

    DeidError                 one sentence: what, where, what to do; never a header's value
    ├── MapError              the map cannot be used (sheet, row, column)
    ├── KeyFileError          the project's secret cannot be read or made
    ├── PolicyError           a policy or rule file cannot be used (file, line)
    ├── PlanError             the plan has errors, so nothing is written
    ├── FormatError           a file is not what its format promises
    ├── PixelError            not assemblable, not a head, or a value that does not fit
    │   ├── NoHead            no head can be found in the pixels
    │   └── EngineMissing     says which package to install
    ├── SeriesRefused         a step that was asked for could not be done safely
    ├── OutputError           a folder cannot be used: nothing was written
    └── DiskError             a folder of the run went away or took no more: the run can be resumed
    Cancelled                 the user asked to stop; a BaseException, so that no decoder's broad except swallows it
    Abandoned                 nobody waits any more for what a thread does; one for the same reason
"""


class DeidError(Exception):
    """Base of all errors that SlicerDeid raises on purpose.

    Parameters
    ----------
    reason : str
        One sentence: what is wrong, where, and what to do. It never holds a header's value or an original name.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MapError(DeidError):
    """The map of patients cannot be used; names file, sheet, row and column."""


class KeyFileError(DeidError):
    """The project's secret cannot be read or made."""


class PolicyError(DeidError):
    """A policy or rule file cannot be used; names file and line."""


class PlanError(DeidError):
    """The plan has errors; nothing is written until they are mended."""


class FormatError(DeidError):
    """A file is not what its format promises.

    Parameters
    ----------
    named : frozenset of (int, str)
        People, numbers and places that its header names before the fault, as ``Instance.named``; never shown.
    """

    def __init__(self, reason: str, named: frozenset[tuple[int, str]] = frozenset()) -> None:
        super().__init__(reason)
        self.named = named


class PixelError(DeidError):
    """Pixel data cannot be decoded, assembled, judged or written.

    Parameters
    ----------
    what : str
        What is wrong, and where.
    way : str
        What to do about it where the step itself knows: a setting of its own, never another method. Ends the reason.
    """

    def __init__(self, what: str, way: str = "") -> None:
        super().__init__(f"{what}; {way}" if way else what)
        self.what = what
        self.way = way


class NoHead(PixelError):  # noqa: N818 - reads as the sentence it is
    """No head can be found in the pixels, so none can be defaced."""


class EngineMissing(PixelError):  # noqa: N818 - reads as the sentence it is
    """An optional package is not installed; the sentence names it."""


class SeriesRefused(DeidError):  # noqa: N818 - reads as the sentence it is
    """A series is not released; the sentence says why."""


class OutputError(DeidError):
    """A folder cannot be used: it exists, lies inside another, or has no space; nothing was written."""


class DiskError(DeidError):
    """A folder of the run went away or could not be written; finished series stay and the run can be resumed."""


class Cancelled(BaseException):
    """The user asked to stop.

    Parameters
    ----------
    signal_number : int
        The signal that asked; the exit code is 128 + this.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__("stopped by the user")
        self.signal_number = signal_number


class Abandoned(BaseException):
    """Nobody waits any more for what a thread does."""
