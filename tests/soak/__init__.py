"""Parts that run for as long as asked, and count what they found."""
