# SPDX-License-Identifier: Apache-2.0
"""Free texts cleaned: which of their words and numbers may stay (code C of PS3.15 Table E.1-1)."""
