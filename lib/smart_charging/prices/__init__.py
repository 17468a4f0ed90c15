"""Prices, per kilowatt-hour and moment: how sources are read, tariffs added, unpublished hours guessed.

May lean on `errors`.
"""
