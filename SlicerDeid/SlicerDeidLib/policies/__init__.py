# SPDX-License-Identifier: Apache-2.0
"""Rules as data: policies, the profile and options of PS3.15, the disposition of every SOP class."""
