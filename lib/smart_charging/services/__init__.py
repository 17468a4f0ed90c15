"""What the apps do, free of AppDaemon: read, command, schedule."""
