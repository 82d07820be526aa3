"""Rows of the shop's tables to records. Pure: no database, no network, no clock of this machine.

A row that cannot be understood raises values.Malformed; the reader turns it into a BadRecord.
"""
