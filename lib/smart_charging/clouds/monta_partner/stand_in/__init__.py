"""A Partner API that pretends, over the same chargers as Monta's stand-in.

May lean on `clouds.http.stand_in`, `clouds.monta.stand_in` and `clouds.monta_partner`.
"""
