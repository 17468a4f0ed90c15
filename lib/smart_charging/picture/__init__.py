"""The chart of prices and plan: an SVG for dashboard, MQTT, files and documentation, and characters for terminals.

`chart` says what is in it, `axes` where things go, `svg` draws; `terminal` draws a small one without its details.
`past` draws months and the last week in SVG, and `shapes` is what both of these draw with.

May lean on `colour`, `planning` and `prices`.
"""
