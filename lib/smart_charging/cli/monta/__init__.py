"""Call any operation of Monta's Partner API, by its group and name.

May lean on `cli`, `clouds.monta_partner`, `clouds.http`, `reports`, `colour`, `errors` and
`printable`.
"""

from smart_charging.cli.monta.command import add_arguments, run

__all__ = ["add_arguments", "run"]
