# SPDX-License-Identifier: Apache-2.0
"""What was chosen for headers besides a policy's name, in the few words by which persons tell two runs apart."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence

from SlicerDeidLib.policies.importers.rulefile import SiteRules
from SlicerDeidLib.policies.tomlfile import TomlFile


def chosen_besides(
    files: Iterable[TomlFile],
    options: Collection[str],
    known: Collection[str],
    sites: Sequence[SiteRules],
    private: str | None,
) -> dict[str, str]:
    """Return what goes over a built-in policy, by option of the command line.

    Parameters
    ----------
    files : iterable of TomlFile
        The policy with all that it extends.
    options, known : collection of str
        Options of PS3.15 that were asked for, and those that the policy takes itself, which are not told.
    private : str, optional
        As in ``read_policy``.
    """
    besides = sorted(set(options) - set(known))
    own = [repr(file.content) for file in files if file.is_own] + [_said(site) for site in sites]
    chosen = {
        "--option": " ".join(besides),
        "--private-attributes": private or "",
        "--rules": hashlib.sha256("\0".join(own).encode("utf-8", "surrogatepass")).hexdigest() if own else "",
    }
    return {option: value for option, value in chosen.items() if value}


def _said(site: SiteRules) -> str:
    """Return what site rules say, wherever it stands in their file."""
    rules = sorted((rule.selector, repr(rule.action)) for rule in site.rules)
    return repr((rules, site.options, sorted(site.kept), site.values, site.stay, site.go))
