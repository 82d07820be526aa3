"""The shop's payloads to records and back. Pure: no network, no database, no clock.

A payload that cannot be understood raises values.Malformed; the reader turns it into a BadRecord.
"""
