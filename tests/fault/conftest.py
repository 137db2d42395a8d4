"""What these tests ask for by name."""

from support.installation import embedded, pantau

__all__ = ["embedded", "pantau"]
