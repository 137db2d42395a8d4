"""What a worker owns, and what it does with a batch of records. It knows neither Faust nor Redis."""
