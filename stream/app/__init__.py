"""The engine: Faust, fed by the batch. The only place that imports it."""
