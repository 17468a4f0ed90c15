"""The charger clouds: the Protocol every cloud fulfils, optional abilities, and what each cloud is called.

May lean on `charger`.
"""
