"""A simulated Charge Amps cloud for the demo and the tests.

May lean on `clouds.http.stand_in`.
"""
