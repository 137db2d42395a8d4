"""Vendor bytes to canonical events: pure, one module per vendor, independent of each other."""
