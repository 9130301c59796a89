# SPDX-License-Identifier: Apache-2.0
"""What was chosen for headers besides a policy's name, in the few words by which persons tell two runs apart."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from SlicerDeidLib.policies.importers.rulefile import SiteRules
from SlicerDeidLib.policies.tomlfile import TomlFile


def chosen_besides(
    files: Sequence[TomlFile],
    name: str,
    options: Collection[str],
    known: Collection[str],
    sites: Sequence[SiteRules],
    private: str | None,
) -> dict[str, str]:
    """Return what is chosen for headers, as ``Policy.chosen`` has it.

    Parameters
    ----------
    files : sequence of TomlFile
        The policy with all that it extends.
    name : str
        The policy's own.
    options, known : collection of str
        Options of PS3.15 that were asked for, and those that the policy takes itself, which are not told.
    private : str, optional
        As in ``read_policy``.
    """
    decided = sum(len(values) for site in sites for values in site.values.values())
    chosen = {
        "--policy": name,
        "--option": " ".join(sorted(set(options) - set(known))),
        "--private-attributes": private or "",
        "own policy": _digest([repr(file.content) for file in files if file.is_own]),
        "own rules": _digest([said for site in sites if (said := _said(site))]),
        "decisions": _digest([repr(site.values) for site in sites if site.values]),
        "decided": str(decided or ""),
    }
    return {option: value for option, value in chosen.items() if value}


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest() if parts else ""


def _said(site: SiteRules) -> str:
    """Return what site rules say, wherever it stands in their file, but for decisions about values."""
    rules = sorted((rule.selector, repr(rule.action)) for rule in site.rules)
    said = (rules, site.options, sorted(site.kept), site.stay, site.go)
    return repr(said) if any(said) else ""
