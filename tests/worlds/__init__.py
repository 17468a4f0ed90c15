"""Worlds for tests to play in, each with a time of its own; nothing in here is a test.

- `household`: all services at work on one charger; `FakeHass` is its Home Assistant.
- `fleet`: a site of many chargers, the monitor's loops over it, and how long each change took to be seen.
- `virtual_apps`: the real apps over a small stand-in for AppDaemon and Home Assistant, to be killed and started again.
- `forgetful_cloud`: a cloud with other habits than Monta's, for the real apps.
- `evening`: what the version before has left behind, and the same evening again; `names_in_use`: all names it had.
- `nights`: what `virtual_apps` goes through, night after night: visits and troubles drawn by a seed, and the verdict;
  or a night as a script. OTHER_CLOUDS.md says how to write one, and how to play over a cloud by another hand.
- `bare_home`: the real apps with next to nothing in apps.yaml, beside Nord Pool and an account of Monta.
- `home_api`: Home Assistant's REST API over the home of those apps.
- `model`: what a language model gets for a call of a tool.
- `hostile`: all that comes from outside, broken in every way; `price_mangling` does it to JSON.
- `real_house`: the real apps in a real AppDaemon beside a real Home Assistant, which is the `shared_home` of many tests
  amid `home_services`; `mosquitto`, `nordpool_service` and `dutch_services` are the other programs in there.
- `bare_appdaemon`: a Python with AppDaemon and without httpx; `release`: what is released, built without an index.
- `charge_amps`: Charge Amps' stand-in in the place of HTTP, and an account to read it with.
- `enphase`: Enphase's stand-in in the place of HTTP, and an account to read it with.
- `monta_partner`: Monta's Partner API in the place of HTTP, and a client and an account of it.
- `partner_house`: a house at it, with events delivered to AppDaemon.
- `pushed`: chargers there whose events come late, twice or never.
- `cloud_houses`: nights at a house of another cloud than Monta, through the real apps over the stand-in of that cloud.
- `fakes`: Monta's stand-in in the place of HTTP, and answers as Monta shapes them.
- `virtual_time`: the clock of all these but the real house, moved by hand or by an event loop that never waits.
- `five_minute_grid`: the least cost of charging, worked out in the plainest way.
- `price_shapes`: a day of prices in every shape sources have; `price_mangling` breaks them.
- `pictures`: price curves and plans drawn as text, a character per quarter.
- `year_of_prices`: day-ahead prices for every hour of a year, made up or read from a file.
"""
