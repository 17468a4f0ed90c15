"""What users write: the arguments of every app, the file with the credentials, and what is said of mistakes.

May lean on `pydantic`, `pydantic_core`, `yaml`, `errors`, `mode` and `prices.reading`.
"""
