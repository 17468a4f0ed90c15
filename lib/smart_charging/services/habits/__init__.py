"""What a car usually does, as its booked sessions tell, or a person says.

May lean on `config`, `planning`, `prices` and `services.sessions`.
"""
