"""How often the rules page about a healthy centre, and how soon about one that is not: simulated weeks."""
