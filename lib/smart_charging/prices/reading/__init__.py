"""How a price source is read: from whatever it holds to slots per kWh.

A part of the room `prices`, which may lean on `errors` alone.
"""
