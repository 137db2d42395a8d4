"""Pantau: live contact-centre numbers that equal a recomputation from the raw log."""

__version__ = "0.1.0"
