# SPDX-License-Identifier: Apache-2.0
"""The audit in the terminal: what it found, and where its report is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import SlicerDeidLib as deid  # noqa: N813 - as users write it
from SlicerDeidLib.model.legible import legible_text
from SlicerDeidLib.verification.findings import kinds
from SlicerDeidLib.verification.recorded import has_record

_NOT_WRITTEN = (
    "There is no private folder of this output here, so nothing was compared with the run's own record and no report "
    "of the audit was written; put the folder back, or name it with --private."
)


def audit(arguments: argparse.Namespace, private: Path, key: bytes | None) -> deid.AuditReport:
    """Audit an output, say what was found, and write the report into the private folder where there is one.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of the command.
    private : Path
        The folder that was named, else the one that the output has by default.

    Raises
    ------
    OutputError
        If a folder that was named is not there, for an audit makes none, or nobody would see that it was lost; or if it
        belongs to another output.
    """
    # the default folder may hold nothing but the audit before
    known = private if arguments.private is not None or has_record(private) else None
    report = deid.audit(arguments.output, original=arguments.original, private=known, key=key)
    is_there = private.is_dir()
    if is_there:
        report.write(private)
    if arguments.json:
        print(report.as_json())
    else:
        _say_findings(report, private if is_there else None)
    if not is_there:
        print(_NOT_WRITTEN, file=sys.stderr)
    return report


def _say_findings(report: deid.AuditReport, private: Path | None) -> None:
    """Say what an audit found, a kind in a line, and where the report is, if it was written."""
    for kind in kinds(report.findings):
        finding = kind.first
        more = f" The same in {kind.places - 1} more place{'s' * (kind.places > 2)}." if kind.places > 1 else ""
        parts = (finding.severity, finding.check, " ".join((finding.path, finding.tag)).strip(), finding.message + more)
        print(legible_text(": ".join(part for part in parts if part)))
    if private is not None:
        print(legible_text(f"Audit report (private): {private}"))
    print(report.last_line())
