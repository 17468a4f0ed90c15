"""A night on one machine: the cloud's stand-in, a real AppDaemon, a real Home Assistant if wanted."""
