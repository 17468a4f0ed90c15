"""What any cloud that is reached over HTTP needs: requests on record, a quota, kept tokens, its clock.

May lean on `httpx`, `pydantic`, `charger`, `errors` and `files`.
"""
