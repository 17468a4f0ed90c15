"""The clouds that chargers are reached through: what the apps ask of each, and how one is opened."""
