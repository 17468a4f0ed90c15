"""From cable in to cable out: energy, money, and the log of it."""
