"""How a price source is read: from whatever it holds to slots per kWh.

May lean on `errors` and `prices`.
"""
