"""Prices, per kilowatt-hour and moment: curves of them, tariffs on top, guesses for hours nobody has published.

May lean on `errors`.
"""
