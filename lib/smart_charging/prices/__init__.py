"""Day-ahead prices: what a kilowatt-hour costs, and when."""
