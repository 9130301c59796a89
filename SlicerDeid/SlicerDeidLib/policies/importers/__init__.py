# SPDX-License-Identifier: Apache-2.0
"""Site rules of other systems: one file a format, text to rules."""
