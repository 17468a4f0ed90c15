"""The exact search for the cheapest times to charge."""
