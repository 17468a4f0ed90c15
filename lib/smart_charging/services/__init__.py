"""What the apps do, independent of AppDaemon: a folder per job, and modules here that all of them share.

May lean on nothing.
"""
