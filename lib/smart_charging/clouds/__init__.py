"""The clouds that chargers are reached through: what every one has to do, what some do besides, and their names.

May lean on `charger`.
"""
