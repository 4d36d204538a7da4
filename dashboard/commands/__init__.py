"""One module per command, each with ``add_parser(subparsers)`` and ``run(arguments) -> int``.

Modules here import the library inside ``run`` only, so that ``--help`` answers at once.
"""
