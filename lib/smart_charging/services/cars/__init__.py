"""What a car is to get: its settings, the entities they follow, and the power it takes."""
