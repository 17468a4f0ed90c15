"""What the apps do, free of AppDaemon: a room per job, and beside them the tools that all rooms share.

May lean on nothing.
"""
