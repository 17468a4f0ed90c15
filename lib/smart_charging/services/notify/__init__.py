"""Which news of a car is worth a message, and how the message gets to people.

May lean on `config`, `errors`, `entities`, `planning` and the tools.
"""
