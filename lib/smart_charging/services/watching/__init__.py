"""The chargers as they stand: read, shown, and handed on."""
