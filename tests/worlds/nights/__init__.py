"""Nights in a house of virtual apps: `visits` draws what happens, `stage` plays it, `verdicts` judges it.

`stretch` plays several in a row and sums up; `script` plays one that was written down; `habits` draws a house's world.
`troubles` and `hardware` do what goes wrong, `record` keeps what was sent, `settings` writes a house's apps.yaml.
`cloud` is the door to the cloud, `own_cloud` our own behind it, `other_cloud` any aiohttp application; `line` is the
way there. `other_apps` puts the apps of another version in the place of ours. `optimum` is what the judge knows of
prices, and `wrong_planners` are planners that he has to notice.
"""
