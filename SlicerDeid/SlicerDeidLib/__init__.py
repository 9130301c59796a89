# SPDX-License-Identifier: Apache-2.0
"""SlicerDeid: de-identify medical images.

>>> import SlicerDeidLib as deid
>>> policy = deid.read_policy("research")
>>> policy.name
'research'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from SlicerDeidLib.discovery.walk import discover
    from SlicerDeidLib.errors import DeidError
    from SlicerDeidLib.headers.freetext.elsewhere import FreeText
    from SlicerDeidLib.identity.secret import default_private, read_key
    from SlicerDeidLib.identity.subjects import SubjectMap, read_map
    from SlicerDeidLib.model.instance import Index, Instance, Patient, Series
    from SlicerDeidLib.model.inventory import Inventory, InventoryRow
    from SlicerDeidLib.model.plan import Plan, Problem, SeriesPlan, Subject, Verdict
    from SlicerDeidLib.model.policy import DefacePolicy, Policy
    from SlicerDeidLib.model.protocols import Executor
    from SlicerDeidLib.model.record import Change, Finding, RunRecord, SeriesRecord, Status
    from SlicerDeidLib.model.volume import HeaderRow, HeadMask, Preview, TextBox, Volume
    from SlicerDeidLib.model.wanted import while_wanted
    from SlicerDeidLib.pipeline.drawn import DrawnBox, ShownImages
    from SlicerDeidLib.pipeline.earlier import with_found
    from SlicerDeidLib.pipeline.executors import processes, serial, worker_count
    from SlicerDeidLib.pipeline.finished import Finished, head_picture, open_finished
    from SlicerDeidLib.pipeline.firstuse import load_preview, load_text_engine
    from SlicerDeidLib.pipeline.inventory import inventory
    from SlicerDeidLib.pipeline.niftifile import deface_nifti
    from SlicerDeidLib.pipeline.plainvolume import Defaced, deface, redact_text, tell_unit
    from SlicerDeidLib.pipeline.preview import PreviewSession, open_original, open_preview, preview
    from SlicerDeidLib.pipeline.purge import purge
    from SlicerDeidLib.pipeline.review import (
        Decided,
        HeldSeries,
        check_journal,
        decide,
        held_series,
        rejected_series,
        released_series,
    )
    from SlicerDeidLib.pipeline.run import run
    from SlicerDeidLib.pipeline.settings import lost_regions, other_settings
    from SlicerDeidLib.planning.plan import plan
    from SlicerDeidLib.policies.choices import with_choices
    from SlicerDeidLib.policies.importers.rulefile import SiteRules
    from SlicerDeidLib.policies.importers.site_toml import (
        Decision,
        make_decision,
        replace_decisions,
        save_decisions,
    )
    from SlicerDeidLib.policies.load import policy_names, read_policy
    from SlicerDeidLib.policies.regionrules import read_region_rules, replace_region_rules
    from SlicerDeidLib.policies.siterules import read_rules
    from SlicerDeidLib.verification.audit import AuditReport, audit
    from SlicerDeidLib.verification.report import refresh_run_report

_PLACES = {
    "discovery.walk": ("discover",),
    "errors": ("DeidError",),
    "headers.freetext.elsewhere": ("FreeText",),
    "identity.secret": ("default_private", "read_key"),
    "identity.subjects": ("SubjectMap", "read_map"),
    "model.instance": ("Index", "Instance", "Patient", "Series"),
    "model.inventory": ("Inventory", "InventoryRow"),
    "model.plan": ("Plan", "Problem", "SeriesPlan", "Subject", "Verdict"),
    "model.policy": ("DefacePolicy", "Policy"),
    "model.protocols": ("Executor",),
    "model.record": ("Change", "Finding", "RunRecord", "SeriesRecord", "Status"),
    "model.volume": ("HeadMask", "HeaderRow", "Preview", "TextBox", "Volume"),
    "model.wanted": ("while_wanted",),
    "pipeline.drawn": ("DrawnBox", "ShownImages"),
    "pipeline.earlier": ("with_found",),
    "pipeline.executors": ("processes", "serial", "worker_count"),
    "pipeline.finished": ("Finished", "head_picture", "open_finished"),
    "pipeline.firstuse": ("load_preview", "load_text_engine"),
    "pipeline.inventory": ("inventory",),
    "pipeline.niftifile": ("deface_nifti",),
    "pipeline.plainvolume": ("Defaced", "deface", "redact_text", "tell_unit"),
    "pipeline.preview": ("PreviewSession", "open_original", "open_preview", "preview"),
    "pipeline.purge": ("purge",),
    "pipeline.review": (
        "Decided",
        "HeldSeries",
        "check_journal",
        "decide",
        "held_series",
        "rejected_series",
        "released_series",
    ),
    "pipeline.run": ("run",),
    "pipeline.settings": ("lost_regions", "other_settings"),
    "planning.plan": ("plan",),
    "policies.choices": ("with_choices",),
    "policies.importers.rulefile": ("SiteRules",),
    "policies.importers.site_toml": ("Decision", "make_decision", "replace_decisions", "save_decisions"),
    "policies.load": ("policy_names", "read_policy"),
    "policies.regionrules": ("read_region_rules", "replace_region_rules"),
    "policies.siterules": ("read_rules",),
    "verification.audit": ("AuditReport", "audit"),
    "verification.report": ("refresh_run_report",),
}
_PLACE = {name: place for place, names in _PLACES.items() for name in names}

__all__ = [
    "AuditReport",
    "Change",
    "Decided",
    "Decision",
    "DefacePolicy",
    "Defaced",
    "DeidError",
    "DrawnBox",
    "Executor",
    "Finding",
    "Finished",
    "FreeText",
    "HeadMask",
    "HeaderRow",
    "HeldSeries",
    "Index",
    "Instance",
    "Inventory",
    "InventoryRow",
    "Patient",
    "Plan",
    "Policy",
    "Preview",
    "PreviewSession",
    "Problem",
    "RunRecord",
    "Series",
    "SeriesPlan",
    "SeriesRecord",
    "ShownImages",
    "SiteRules",
    "Status",
    "Subject",
    "SubjectMap",
    "TextBox",
    "Verdict",
    "Volume",
    "__version__",
    "audit",
    "check_journal",
    "decide",
    "deface",
    "deface_nifti",
    "default_private",
    "discover",
    "head_picture",
    "held_series",
    "inventory",
    "load_preview",
    "load_text_engine",
    "lost_regions",
    "make_decision",
    "open_finished",
    "open_original",
    "open_preview",
    "other_settings",
    "plan",
    "policy_names",
    "preview",
    "processes",
    "purge",
    "read_key",
    "read_map",
    "read_policy",
    "read_region_rules",
    "read_rules",
    "redact_text",
    "refresh_run_report",
    "rejected_series",
    "released_series",
    "replace_decisions",
    "replace_region_rules",
    "run",
    "save_decisions",
    "serial",
    "tell_unit",
    "while_wanted",
    "with_choices",
    "with_found",
    "worker_count",
]


def __getattr__(name: str) -> object:
    """Import a public name's room at its first use (PEP 562), so that light work stays light."""
    if name not in _PLACE:
        raise AttributeError(f"module 'SlicerDeidLib' has no attribute {name!r}")
    value: object = getattr(import_module(f"SlicerDeidLib.{_PLACE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
