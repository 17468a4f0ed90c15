"""What Home Assistant gets to see, as tables, and how it is written there: through MQTT or as states.

May lean on `charger`, `mode`, `clouds` and `planning`.
"""
