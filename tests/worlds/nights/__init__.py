"""Nights in a house of virtual apps: `visits` draws what happens, `stage` plays it, `verdicts` judges it.

`stretch` plays several in a row and sums up; `troubles` does what goes wrong, `record` keeps what was sent, and
`settings` writes a house's apps.yaml.
"""
