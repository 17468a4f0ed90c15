"""Reads the data of price sources, in whatever format, into price slots per kWh.

May lean on `errors` and `prices`.
"""
