"""Explains a number: the contacts behind it, their verdicts, and whether the panes agree with them."""
