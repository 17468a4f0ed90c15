"""Call any operation of Monta's Partner API, by its group and name."""

from smart_charging.cli.monta.command import add_arguments, run

__all__ = ["add_arguments", "run"]
