"""Prices per kWh over time: price curves, tariffs, and estimates for hours without published prices.

May lean on `errors`.
"""
