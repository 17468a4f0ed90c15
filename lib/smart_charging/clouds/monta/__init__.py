"""Monta's cloud: its words, its login, its quota, and their translation into ours."""
