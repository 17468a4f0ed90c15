"""The chart of prices and plan, as one SVG that the dashboard, MQTT, the command line and the documentation share.

`chart` says what is in it, `axes` where things go, and `svg` draws.

May lean on `planning` and `prices`.
"""
