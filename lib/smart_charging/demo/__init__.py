"""A night on one machine: a stand-in for the Monta cloud, a real AppDaemon, a real Home Assistant if wanted."""
