"""What a car usually does, as the booked sessions tell.

May lean on `planning`, `prices` and `services.sessions`.
"""
