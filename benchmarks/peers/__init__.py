"""Peers, each run by an environment of its own and handed its work in files.

``python -m benchmarks.peers.NAME FOLDER`` reads ``request.json`` and arrays there and leaves
``answer.json``. These modules import the peer, numpy and the clock, and nothing of Pellucid.
"""
