"""Names of files that users write, for those who only mention them: whoever reads one needs far more."""

CREDENTIALS_FILE = "secrets.yaml"
