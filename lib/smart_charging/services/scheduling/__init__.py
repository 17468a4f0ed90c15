"""Plans become starts and stops."""
