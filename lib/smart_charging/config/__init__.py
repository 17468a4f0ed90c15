"""What users write: the arguments of every app, and the file with the credentials."""
