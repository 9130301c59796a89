# SPDX-License-Identifier: Apache-2.0
"""The search for a person: what of a subject, or of anybody, a value holds that no rule takes."""
