"""The call log of the "Anonymous Bank", as the Technion publishes it."""
