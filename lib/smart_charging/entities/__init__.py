"""What Home Assistant gets to see, as tables, and how it is written there."""
