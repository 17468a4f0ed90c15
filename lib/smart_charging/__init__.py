"""Charge electric cars at the cheapest hours, through the charger's cloud, from Home Assistant."""

__version__ = "0.2.0"
