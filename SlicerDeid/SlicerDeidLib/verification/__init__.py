# SPDX-License-Identifier: Apache-2.0
"""Verification: what was released is read anew and judged by code that took no part in making it."""
