"""What users write: the arguments of every app and the credentials file, with error messages for mistakes.

May lean on `pydantic`, `pydantic_core`, `yaml`, `errors`, `mode`, `printable` and `prices.reading`.
"""
