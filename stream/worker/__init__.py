"""What a worker does with a batch of records; knows neither Faust nor Redis."""
