# SPDX-License-Identifier: Apache-2.0
"""Rule files as they are in the field, one language per file: text in, rules with file and line out."""
