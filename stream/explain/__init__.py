"""How a number came about: the contacts behind it, their verdicts, and whether the panes agree with them."""
