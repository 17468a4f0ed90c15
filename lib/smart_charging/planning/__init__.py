"""When to charge: pure arithmetic over prices, without a clock or a network."""
