# SPDX-License-Identifier: Apache-2.0
"""The months as people write them."""

from __future__ import annotations

MONTHS = (  # in English, German, French, Spanish, Italian, Portuguese and Dutch, folded, with usual short forms
    "january januar janvier janv enero ene gennaio gen janeiro januari janner jaenner jan",
    "february februar fevrier fevr fev febrero febbraio fevereiro februari feb",
    "march marz maerz mars marzo marco maart mrz mrt mar",
    "april avril avr abril abr aprile apr",
    "may mai mayo maggio mag maio mei",
    "june juni juin junio giugno giu junho jun",
    "july juli juillet juil julio luglio lug julho jul",
    "august aout agosto ago augustus aug",
    "september septembre septiembre settembre setembro sept set sep",
    "october oktober octobre octubre ottobre ott outubro out oct okt",
    "november novembre noviembre novembro nov",
    "december dezember decembre diciembre dicembre dic dezembro dez dec",
)
"""Names of the months, in their order."""
